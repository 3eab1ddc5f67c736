/** The send queue: of the native socket, against an addon that takes as little as the test wants, and of the one over `node:dgram`. */
import { describe, expect, it } from 'vitest'
import { DgramSocket } from '../src/dgram-socket.ts'
import { CONTROL, type NativeAddon, type NativeOptions, RECORD } from '../src/layout.ts'
import { NativeSocket } from '../src/native-socket.ts'

const peer = { address: '192.0.2.1', port: 5060 }

describe('NativeSocket', () => {
  it('refuses a datagram when neither the queue nor the kernel has room', () => {
    const { socket } = withKernel({ room: 0, queueLength: 4 })
    expect(fill(socket, 5)).toEqual([true, true, true, true, false])
  })

  it('moves what the kernel left behind to the front and loses nothing', () => {
    const { socket, kernel } = withKernel({ room: 3, queueLength: 4 })
    expect(fill(socket, 4)).toEqual([true, true, true, true])
    expect(fill(socket, 4, 4)).toEqual([true, true, true, false])
    kernel.room = 99
    socket.flush()
    expect(kernel.taken).toEqual(['0', '1', '2', '3', '4', '5', '6'])
    expect(fill(socket, 4, 10)).toEqual([true, true, true, true])
  })

  it('takes more than its slab holds by sending in between', () => {
    const { socket, kernel } = withKernel({ room: 99, queueLength: 4 })
    for (let i = 0; i < 10; i++) expect(socket.send(new Uint8Array(65_000), peer)).toBe(true)
    expect(kernel.taken.length).toBeGreaterThan(6)
  })

  it('tells once that the queue which was full is empty', () => {
    const { socket, kernel } = withKernel({ room: 0, queueLength: 4 })
    let drained = 0
    socket.onDrain(() => drained++)
    fill(socket, 4)
    kernel.room = 4
    kernel.writable()
    expect(drained).toBe(0)
    kernel.room = 0
    fill(socket, 5)
    kernel.room = 2
    kernel.writable()
    expect(drained).toBe(0)
    kernel.room = 99
    kernel.writable()
    kernel.writable()
    expect(drained).toBe(1)
    expect(socket.stats().refused).toBe(1)
  })

  it('may be filled again, or closed, by who hears that it is empty', () => {
    const { socket, kernel } = withKernel({ room: 0, queueLength: 2 })
    socket.onDrain(() => {
      expect(fill(socket, 2, 10)).toEqual([true, true])
      socket.close()
    })
    fill(socket, 3)
    kernel.room = 99
    kernel.writable()
    expect(kernel.taken).toEqual(['0', '1', '10', '11'])
  })
})

describe('DgramSocket', () => {
  it('refuses when its queue is full, and tells when it is empty', async () => {
    const socket = new DgramSocket({ address: '127.0.0.1', queueLength: 4 }, () => {})
    const drained = new Promise<void>(resolve => socket.onDrain(resolve))
    const to = { address: '127.0.0.1', port: socket.local.port }
    expect(Array.from({ length: 5 }, () => socket.send(Uint8Array.of(1), to))).toEqual([true, true, true, true, false])
    await drained
    expect(socket.send(Uint8Array.of(1), to)).toBe(true)
    expect(socket.stats()).toMatchObject({ sent: 4, refused: 1 })
    socket.close()
  })
})

function fill(socket: NativeSocket, count: number, from = 0): boolean[] {
  return Array.from({ length: count }, (_, i) => socket.send(new TextEncoder().encode(`${from + i}`), peer))
}

interface Kernel {
  room: number
  readonly taken: string[]
  /** What the addon does when the socket can be written again. */
  writable(): void
}

/** An addon whose kernel has room for `room` datagrams until told otherwise. */
function withKernel(options: { room: number; queueLength: number }): { socket: NativeSocket; kernel: Kernel } {
  const kernel: Kernel = { room: options.room, taken: [], writable: () => {} }
  class Socket {
    readonly options: NativeOptions
    constructor(given: NativeOptions, callback: (datagrams: number, errors: number) => void) {
      this.options = given
      kernel.writable = () => {
        this.flush()
        const { control } = this.options
        if (control[CONTROL.count] === 0 && control[CONTROL.waiting] !== 0) callback(0, 0)
      }
    }
    flush(): number {
      const { control, tx, txRecords } = this.options
      while (kernel.room > 0 && control[CONTROL.head]! < control[CONTROL.count]!) {
        const at = control[CONTROL.head]!++ * RECORD.words
        const offset = txRecords[at + RECORD.offset]!
        kernel.taken.push(new TextDecoder().decode(tx.subarray(offset, offset + txRecords[at + RECORD.length]!)))
        kernel.room--
      }
      if (control[CONTROL.head] === control[CONTROL.count]) control[CONTROL.head] = control[CONTROL.count] = 0
      return 0
    }
    close(): void {}
    local(): { address: Uint8Array; port: number; scope: number } {
      return { address: Uint8Array.of(127, 0, 0, 1), port: 1, scope: 0 }
    }
  }
  const addon: NativeAddon = { Socket, duplicate: fd => fd }
  return { socket: new NativeSocket(addon, { address: '127.0.0.1', queueLength: options.queueLength }, () => {}), kernel }
}

/** The native socket's send queue against an addon that takes as little as the test wants. */
import { describe, expect, it } from 'vitest'
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
})

function fill(socket: NativeSocket, count: number, from = 0): boolean[] {
  return Array.from({ length: count }, (_, i) => socket.send(new TextEncoder().encode(`${from + i}`), peer))
}

/** An addon whose kernel has room for `room` datagrams until told otherwise. */
function withKernel(options: { room: number; queueLength: number }): { socket: NativeSocket; kernel: { room: number; taken: string[] } } {
  const kernel = { room: options.room, taken: [] as string[] }
  class Socket {
    readonly options: NativeOptions
    constructor(given: NativeOptions) {
      this.options = given
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
  const addon: NativeAddon = { Socket }
  return { socket: new NativeSocket(addon, { address: '127.0.0.1', queueLength: options.queueLength }, () => {}), kernel }
}

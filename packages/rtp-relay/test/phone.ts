/** A telephone without a telephone: a pair of UDP sockets that sends and receives RTP and RTCP. RFC 3550 §5.1, §6.4.1. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { writeReducedSize, writeRtp } from '@strowger/rtp-packet'

export interface Heard {
  readonly bytes: Buffer
  readonly from: RemoteInfo
}

/** One socket whose packets can be awaited, in order. */
export class Ear {
  readonly socket: Socket
  readonly heard: Heard[] = []
  readonly #waiting: ((heard: Heard) => void)[] = []
  #read = 0

  /** @throws `EADDRINUSE` where somebody has that port. */
  static async open(address = '127.0.0.1', port = 0): Promise<Ear> {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    socket.bind(port, address)
    await once(socket, 'listening')
    return new Ear(socket)
  }

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('message', (bytes, from) => {
      const heard = { bytes, from }
      this.heard.push(heard)
      const waiting = this.#waiting.shift()
      if (waiting === undefined) return
      this.#read += 1
      waiting(heard)
    })
  }

  get port(): number {
    return this.socket.address().port
  }

  get address(): string {
    return this.socket.address().address
  }

  /** The next packet not yet asked for. */
  next(): Promise<Heard> {
    const heard = this.heard[this.#read]
    if (heard === undefined) return new Promise(resolve => this.#waiting.push(resolve))
    this.#read += 1
    return Promise.resolve(heard)
  }

  send(to: { readonly address: string; readonly port: number }, ...packets: readonly Uint8Array[]): void {
    for (const packet of packets) this.socket.send(packet, to.port, to.address)
  }

  close(): void {
    this.socket.close()
  }
}

/** A packet of 20 ms of G.711. */
export function rtp(sequence: number, options: { ssrc?: number; type?: number; fill?: number } = {}): Buffer {
  const { ssrc = 0x1234, type: payloadType = 8, fill = 0xd5 } = options
  const payload = new Uint8Array(160).fill(fill)
  return Buffer.from(writeRtp({ payloadType, sequence: sequence & 0xffff, timestamp: (sequence * 160) >>> 0, ssrc, payload }))
}

/** An empty receiver report. */
export function rtcp(ssrc = 0x1234): Buffer {
  return Buffer.from(writeReducedSize([{ kind: 'receiver-report', ssrc, reports: [], extension: new Uint8Array(0) }]))
}

/** Ports for one test file: below the kernel's own, apart from those of files that run beside it. A relay passes over taken ones. */
export function portRange(pairs = 32): { from: number; to: number } {
  const from = 13_000 + (process.pid % 35) * 512
  return { from, to: from + pairs * 2 - 1 }
}

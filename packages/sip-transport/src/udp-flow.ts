/** One UDP socket of an endpoint, and the hops of the peers it hears. RFC 3261 §18.2.1. */
import { type Batch, type Peer, UdpSocket } from '@strowger/dgram-ext'
import type { Address, Hop } from '@strowger/sip-transaction'
import type { Flow, ReceivedHop } from './flow.ts'
import { StandingQueue } from './overload/standing-queue.ts'

export interface UdpFlowOptions {
  readonly address: string
  readonly port: number
  readonly reusePort?: boolean
  readonly shareWakeUpsUs?: number
  readonly implementation?: 'native' | 'dgram'
}

export class UdpFlow implements Flow {
  readonly id: number
  readonly transport = 'UDP'
  readonly incoming = false
  readonly socket: UdpSocket
  readonly queue: StandingQueue = new StandingQueue()
  /** We listen here no more; what belongs to something known is still heard. When it was last heard, ms. */
  leftAt: number | undefined
  /** At the latest, ms. */
  closesAt: number = Number.POSITIVE_INFINITY
  readonly #hops = new Map<Peer, ReceivedHop>()

  /** @throws {UdpError} with the errno name as `code`. */
  constructor(id: number, options: UdpFlowOptions, receive: (batch: Batch, flow: UdpFlow) => void) {
    this.id = id
    this.socket = UdpSocket.bind({ ...options, queueLength: 4096, batch: BATCH }, batch => receive(batch, this))
  }

  /** A read that was this full has left more behind. */
  isFull(batch: Batch): boolean {
    return batch.length >= BATCH
  }

  /** Without waiting for others. */
  sendNow(bytes: Uint8Array, { remote, local }: Hop): void {
    this.socket.send(bytes, remote, local)
    this.socket.flush()
  }

  get local(): Address {
    return this.socket.local
  }

  /** The same object for the same peer as long as it is busy. */
  hopFrom(peer: Peer, local: Peer, replyPort: number): ReceivedHop {
    const known = this.#hops.get(peer)
    if (known !== undefined && known.local === local && (known.reply ?? known.remote).port === replyPort) return known
    const hop = { transport: 'UDP', remote: peer, local, flow: this.id } as const
    const full = replyPort === peer.port ? hop : { ...hop, reply: { address: peer.address, port: replyPort } }
    if (this.#hops.size >= MAX_HOPS) this.#hops.clear()
    this.#hops.set(peer, full)
    return full
  }
}

/** Datagrams a read may bring. */
const BATCH = 64
const MAX_HOPS = 8192

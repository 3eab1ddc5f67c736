/** Datagrams that came together, read in place: the slots that `recvmmsg` fills. */
import { RECORD, type Records, records } from './layout.ts'
import type { Peer, PeerCache } from './peers.ts'
import type { Batch } from './socket.ts'

export class SharedBatch implements Batch {
  length = 0
  bound: Peer = { address: '', port: 0 }
  readonly slab: Uint8Array
  readonly records: Records
  readonly maxBytes: number
  readonly slotBytes: number
  readonly #peers: PeerCache

  constructor(slots: number, maxBytes: number, peers: PeerCache) {
    this.maxBytes = maxBytes
    this.slotBytes = slotBytesFor(maxBytes)
    this.slab = new Uint8Array(slots * this.slotBytes)
    this.records = records(slots)
    this.#peers = peers
  }

  bytes(i: number): Uint8Array {
    const { words } = this.records
    const at = this.#row(i)
    return new Uint8Array(this.slab.buffer, words[at + RECORD.offset]!, Math.min(words[at + RECORD.length]!, this.maxBytes))
  }

  truncated(i: number): boolean {
    return this.records.words[this.#row(i) + RECORD.length]! > this.maxBytes
  }

  peer(i: number): Peer {
    const { words, bytes } = this.records
    const at = this.#row(i)
    const scope = words[at + RECORD.scope]!
    return this.#peers.peer(words, bytes, at + RECORD.address, words[at + RECORD.family]!, words[at + RECORD.port]!, scope)
  }

  local(i: number): Peer {
    const { words, bytes } = this.records
    const at = this.#row(i)
    const family = words[at + RECORD.localFamily]!
    if (family === 0) return this.bound
    return this.#peers.peer(words, bytes, at + RECORD.local, family, this.bound.port, words[at + RECORD.scope]!)
  }

  time(i: number): number | undefined {
    const { words } = this.records
    const at = this.#row(i)
    const seconds = words[at + RECORD.seconds]!
    return seconds === 0 ? undefined : seconds * 1000 + words[at + RECORD.nanoseconds]! / 1e6
  }

  #row(i: number): number {
    if (i < 0 || i >= this.length) throw new RangeError(`datagram ${i} of ${this.length}: a batch is gone when its callback returns`)
    return i * RECORD.words
  }
}

/** Untouched pages cost nothing; an odd number of cache lines keeps equal offsets of different slots out of the same ones. */
function slotBytesFor(maxBytes: number): number {
  const lines = Math.ceil(maxBytes / 64)
  return (lines % 2 === 0 ? lines + 1 : lines) * 64
}

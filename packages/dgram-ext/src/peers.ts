/** Addresses as text, made once per peer and kept in a bounded cache, and as words for the way back. */
import { formatIpv4, formatIpv6, type RawAddress } from './addresses.ts'

/** From a bounded cache, so no string is built per packet of a busy peer; never a key to remember somebody by. */
export interface Peer {
  /** Numeric, IPv4 or IPv6 without brackets; a scope id stays on it. */
  readonly address: string
  /** From 0 to 65535. */
  readonly port: number
}

/** An address as four words of a shared record. */
export interface PackedAddress {
  readonly family: number
  readonly scope: number
  readonly words: readonly [number, number, number, number]
}

export function pack({ family, scope, bytes }: RawAddress): PackedAddress {
  const padded = new Uint8Array(16)
  padded.set(bytes)
  const [a, b, c, d] = new Uint32Array(padded.buffer)
  return { family, scope, words: [a!, b!, c!, d!] }
}

/** One that was heard: an answer need not read its address again. */
class KnownPeer implements Peer {
  readonly address: string
  readonly port: number
  readonly #packed: PackedAddress

  constructor(address: string, port: number, packed: PackedAddress) {
    this.address = address
    this.port = port
    this.#packed = packed
    Object.freeze(this)
  }

  static packed(peer: Peer): PackedAddress | undefined {
    return #packed in peer ? peer.#packed : undefined
  }
}

/** `undefined` for an object that no cache made. */
export const packedAddressOf: (peer: Peer) => PackedAddress | undefined = KnownPeer.packed

/** Peers by the 32-bit words of a shared record (see layout.ts): `at` is the index of its first address word. */
export class PeerCache {
  /** An open table over address and port: a key of a Map would be a number too large to be cheap. */
  readonly #addresses = new Uint32Array(SLOTS)
  readonly #ports = new Uint16Array(SLOTS)
  readonly #peers: (Peer | undefined)[] = new Array<Peer | undefined>(SLOTS).fill(undefined)
  readonly #v6 = new Map<string, Peer>()

  peer(words: Uint32Array, bytes: Uint8Array, at: number, family: number, port: number, scope: number): Peer {
    const a = words[at]!
    if (family === 4) {
      const slot = this.#slotOf(a, port)
      return (
        this.#peers[slot] ?? this.#add(slot, new KnownPeer(formatIpv4(bytes, at * 4), port, { family, scope: 0, words: [a, 0, 0, 0] }), a)
      )
    }
    const [b, c, d] = [words[at + 1]!, words[at + 2]!, words[at + 3]!]
    const key = `${a},${b},${c},${d},${port},${scope}`
    const known = this.#v6.get(key)
    if (known !== undefined) return known
    if (this.#v6.size >= MAX_PEERS) this.#v6.clear()
    const peer = new KnownPeer(formatIpv6(bytes, at * 4, scope), port, { family, scope, words: [a, b, c, d] })
    this.#v6.set(key, peer)
    return peer
  }

  /** Where it is, or is to be: in the place of another when all that are near are taken, so that nobody can make this long. */
  #slotOf(address: number, port: number): number {
    const home = (Math.imul(address, 0x9e3779b1) ^ Math.imul(port, 0x85ebca6b)) >>> SHIFT
    for (let slot = home; slot < home + NEAR; slot++) {
      if (this.#peers[slot] === undefined || (this.#addresses[slot] === address && this.#ports[slot] === port)) return slot
    }
    this.#peers[home] = undefined
    return home
  }

  #add(slot: number, peer: Peer, address: number): Peer {
    this.#addresses[slot] = address
    this.#ports[slot] = peer.port
    this.#peers[slot] = peer
    return peer
  }
}

const MAX_PEERS = 8192
/** Of a hash of 32 bits: 8192 places, and some at the end for the last of them. */
const SHIFT = 19
const NEAR = 8
const SLOTS = 2 ** (32 - SHIFT) + NEAR

/** Addresses as text, made once per peer and kept in a bounded cache. */
import { formatIpv4, formatIpv6 } from './addresses.ts'

/** From a bounded cache, so no string is built per packet of a busy peer; never a key to remember somebody by. */
export interface Peer {
  /** Numeric, IPv4 or IPv6 without brackets; a scope id stays on it. */
  readonly address: string
  /** From 0 to 65535. */
  readonly port: number
}

/** Peers by the 32-bit words of a shared record (see layout.ts): `at` is the index of its first address word. */
export class PeerCache {
  readonly #v4 = new Map<number, Peer>()
  readonly #v6 = new Map<string, Peer>()

  peer(words: Uint32Array, bytes: Uint8Array, at: number, family: number, port: number, scope: number): Peer {
    if (family === 4) {
      const key = words[at]! * 65_536 + port
      return this.#v4.get(key) ?? remember(this.#v4, key, { address: formatIpv4(bytes, at * 4), port })
    }
    const key = `${words[at]},${words[at + 1]},${words[at + 2]},${words[at + 3]},${port},${scope}`
    return this.#v6.get(key) ?? remember(this.#v6, key, { address: formatIpv6(bytes, at * 4, scope), port })
  }
}

/** Forgets everything when full: rarer and cheaper than bookkeeping per packet. */
function remember<K>(map: Map<K, Peer>, key: K, peer: Peer): Peer {
  if (map.size >= MAX_PEERS) map.clear()
  map.set(key, Object.freeze(peer))
  return peer
}

const MAX_PEERS = 8192

/** Which of the 256 shards a call belongs to: workers own shards, a message arrives anywhere and is handed over. RFC 3261 §8.1.1.4. */

export const SHARDS = 256

/** Two 32-bit words, secret: who does not know them cannot make Call-IDs of one shard. */
export type ShardKey = readonly [number, number]

/**
 * 0 to 255. With a key HalfSipHash-2-4 over the UTF-16 units of the Call-ID, without one FNV-1a, the same for every process and version;
 * either way folded to a byte.
 */
export function shardOf(callId: string, key?: ShardKey): number {
  const hash = key === undefined ? fnv1a(callId) : halfSipHash(callId, key)
  const half = hash ^ (hash >>> 16)
  return (half ^ (half >>> 8)) & 0xff
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

/** All 32 bits of the keyed hash. */
export function hashOf(text: string, key: ShardKey): number {
  return halfSipHash(text, key)
}

/** Two units make a word; the last one holds the odd unit and the length. */
function halfSipHash(text: string, [k0, k1]: ShardKey): number {
  let [v0, v1, v2, v3] = [k0, k1, 0x6c796765 ^ k0, 0x74656462 ^ k1]
  const round = (): void => {
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
  }
  const mix = (word: number): void => {
    v3 ^= word
    round()
    round()
    v0 ^= word
  }
  const { length } = text
  for (let i = 0; i + 1 < length; i += 2) mix(text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16))
  mix((length << 24) | (length % 2 === 1 ? text.charCodeAt(length - 1) : 0))
  v2 ^= 0xff
  for (let i = 0; i < 4; i++) round()
  return v1 ^ v3
}

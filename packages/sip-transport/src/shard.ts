/** Which of the 256 shards a call belongs to: workers own shards, a message arrives anywhere and is handed over. RFC 3261 §8.1.1.4. */

export const SHARDS = 256

/** 0 to 255, the same for every process and version: FNV-1a over the UTF-16 units of the Call-ID, folded to a byte. */
export function shardOf(callId: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < callId.length; i++) hash = Math.imul(hash ^ callId.charCodeAt(i), 0x01000193)
  hash ^= hash >>> 16
  return (hash ^ (hash >>> 8)) & 0xff
}

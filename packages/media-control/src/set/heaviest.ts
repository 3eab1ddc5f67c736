/** Rendezvous hashing: who of several serves a name, alike for all who ask, and unchanged for the others when one goes. */
import type { RelayMember } from './relay-member.ts'

/** By weight. One of weight 0 is the last resort. */
export function heaviest<M extends RelayMember>(members: readonly M[], session: string): M | undefined {
  let best: M | undefined
  let most = -Infinity
  for (const member of members) {
    const drawn = (hash(`${member.name} ${session}`) + 0.5) / 2 ** 32
    const score = member.weight > 0 ? -member.weight / Math.log(drawn) : drawn - 1
    if (score <= most) continue
    best = member
    most = score
  }
  return best
}

/** FNV-1a with a last mixing, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x45d9f3b)
  value = Math.imul(value ^ (value >>> 16), 0x45d9f3b)
  return (value ^ (value >>> 16)) >>> 0
}

/** How a stream sounds, by what was counted of it. ITU-T G.107, RFC 3611 §4.7.5. */
import { estimateQuality } from '@strowger/rtp-packet'
import type { StreamStats } from './counters.ts'

/**
 * Mean opinion score, 1 to 4.5, of what came from a party: by loss, jitter and the round trip to it. `undefined` before the first packet.
 * G.711 is taken for granted: a codec that bears loss worse sounds worse.
 */
export function meanOpinionScore({ packets, lost, jitterMs, roundTripMs }: StreamStats): number | undefined {
  if (packets === 0) return undefined
  return estimateQuality({ lossRatio: Math.min(1, Math.max(0, lost / (packets + lost))), jitterMs, roundTripMs }).mos
}

/** How long to wait before a registration is tried again, and how often a flow is kept alive. RFC 5626 §4.4, §4.5. */

/**
 * Milliseconds after the given number of failures in a row (0 when a flow that stood was lost): half to all of
 * `min(1800 s, base * 2^failures)`. `random` is in [0, 1), so that phones do not come back all at once after an outage. `baseMs` is 30 s
 * when every flow has failed, and `SOME_FLOWS_MS` while another stands.
 */
export function backOffMs(failures: number, random: number, baseMs: number = ALL_FAILED_MS): number {
  const upper = Math.min(MAX_MS, baseMs * 2 ** Math.min(failures, 16))
  return Math.round(upper * (0.5 + random / 2))
}

/**
 * Milliseconds until the next keep-alive of a flow: 80 to 100 % of the Flow-Timer that came with the 2xx; without one 95 to 120 s over a stream.
 * Over UDP, where a NAT forgets sooner, 24 to 29 s if that is less. `random` is in [0, 1). RFC 5626 §4.4.1, §4.4.2.
 */
export function keepAliveMs(transport: 'datagram' | 'stream', random: number, flowTimerSeconds?: number): number {
  const asked = flowTimerSeconds === undefined ? STREAM_MS : ([flowTimerSeconds * 800, flowTimerSeconds * 1000] as const)
  const [least, most] = transport === 'datagram' && asked[1] > DATAGRAM_MS[1] ? DATAGRAM_MS : asked
  return Math.round(least + (most - least) * random)
}

const STREAM_MS = [95_000, 120_000] as const
const DATAGRAM_MS = [24_000, 29_000] as const
/** RFC 5626 §4.5: base-time when all flows failed, when not all did, and max-time. */
const ALL_FAILED_MS = 30_000
export const SOME_FLOWS_MS = 90_000
const MAX_MS = 1_800_000

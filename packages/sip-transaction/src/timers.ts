/** How long each timer runs. RFC 3261 Table 4, RFC 6026 §8.5 (L and M), RFC 4320 §4.1 (the late 100). */
import type { Millis } from './hop.ts'

/** What all timers are made of, in milliseconds. RFC 3261 §17.1.1.1. */
export interface TimerBase {
  /** Estimate of the round trip; first retransmission. Default 500. */
  readonly t1: Millis
  /** Longest interval between retransmissions of a non-INVITE request or a final response. Default 4000. */
  readonly t2: Millis
  /** How long a message may stay in the network. Default 5000. */
  readonly t4: Millis
  /** Least time a client over UDP answers repeats of a final response that refused its INVITE (timer D). Default 32000. */
  readonly leastD?: Millis
}

export type TimerName = keyof typeof TIMERS

/** Timer A and its kin give the first interval; `double A` and `E at T2` say how they go on. */
export const TIMERS = {
  'timer 100': (): Millis => 200,
  'timer A': ({ t1 }: TimerBase): Millis => t1,
  'timer B': ({ t1 }: TimerBase): Millis => 64 * t1,
  'timer D': ({ t1, leastD = 32_000 }: TimerBase, reliable: boolean): Millis => (reliable ? 0 : Math.max(leastD, 64 * t1)),
  'timer E': ({ t1, t2 }: TimerBase): Millis => Math.min(t1, t2),
  'timer F': ({ t1 }: TimerBase): Millis => 64 * t1,
  'timer G': ({ t1, t2 }: TimerBase): Millis => Math.min(t1, t2),
  'timer H': ({ t1 }: TimerBase): Millis => 64 * t1,
  'timer I': ({ t4 }: TimerBase, reliable: boolean): Millis => (reliable ? 0 : t4),
  'timer J': ({ t1 }: TimerBase, reliable: boolean): Millis => (reliable ? 0 : 64 * t1),
  'timer K': ({ t4 }: TimerBase, reliable: boolean): Millis => (reliable ? 0 : t4),
  'timer L': ({ t1 }: TimerBase): Millis => 64 * t1,
  'timer M': ({ t1 }: TimerBase): Millis => 64 * t1,
  'cancel unanswered': ({ t1 }: TimerBase): Millis => 64 * t1,
  'give up': ({ t1 }: TimerBase): Millis => 64 * t1,
} as const

/** When a client's timer E reaches T2, counted from the request: 0.5 + 1 + 2 s with the defaults. RFC 4320 §4.1. */
export function lateTryingMs({ t1, t2 }: TimerBase): Millis {
  let sum = 0
  for (let interval = Math.min(t1, t2); interval < t2; interval *= 2) sum += interval
  return Math.max(sum, t1)
}

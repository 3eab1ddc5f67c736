/** The record of one call: every attempt leaves exactly one, under the call's id. Times are UTC, epoch ms. */
import type { Direction, Party } from './fact.ts'

export interface Cdr {
  readonly call: string
  readonly brandId: number | null
  /** Null where nobody could be charged: a number that is assigned to no client. */
  readonly clientId: number | null
  readonly userId?: number
  readonly caller: string
  readonly callee: string
  readonly direction: Direction
  readonly startMs: number
  readonly answerMs: number | null
  readonly endMs: number
  /** The answered part; 0 when nobody answered. From the monotonic clock where one process saw both ends. */
  readonly durationMs: number
  readonly hungUpBy: Party
  /** The final SIP status that the caller got; 200 after an answer. */
  readonly status: number
  readonly cause?: string
  readonly legs: readonly CdrLeg[]
}

/** What the relay counted of the packets that came from one leg. */
export interface CdrLeg {
  readonly leg: string
  readonly packets: number
  readonly bytes: number
  /** Null where the media engine does not count losses. */
  readonly lost: number | null
  /** How unevenly they came, ms; null where the engine does not know. RFC 3550 §6.4.1. */
  readonly jitterMs: number | null
  /** To the party and back, ms; null where no report of the party told it. RFC 3550 §6.4.1. */
  readonly roundTripMs: number | null
  /** How it sounded, 1 to 4.5; null where the engine does not know. RFC 3611 §4.7.5. */
  readonly mos: number | null
}

/** The cause of a call whose application server died under it. */
export const INTERRUPTED = 'interrupted'

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
}

/** The cause of a call whose application server died under it. */
export const INTERRUPTED = 'interrupted'

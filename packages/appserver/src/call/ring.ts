/** Ringing of the called side is passed on: however many phones ring, the caller sees one dialog. RFC 3261 §13.3.1.1. */
import { type SipResponse, To, tagOf } from '@strowger/sip-parser'
import { sdpIn } from './body.ts'
import type { Call } from './call.ts'
import { moveCallee, moveCaller } from './move.ts'
import type { State } from './state.ts'
import { tellFact, tellLog } from './tell.ts'

/** Between the reminders of RFC 3261 §13.3.1.1, in ms. */
const REMIND_MS = 60_000

export function ring(state: State, call: Call, response: SipResponse): void {
  if (response.status === 100 || call.end !== undefined || !moveCallee(state, call, 'progress')) return
  const sdp = sdpIn(response)
  const to = response.headers.get(To)
  if (sdp !== '' && call.b !== undefined) call.b.early = { tag: (to && tagOf(to)) ?? '', sdp }
  const status = PASSED.has(response.status) ? response.status : 183
  moveCaller(state, call, 'progress', { status, sdp })
  call.lastProgress = status
  call.progressAt = state.now + REMIND_MS
  if (call.rang) return
  call.rang = true
  tellFact(state, { call: call.id, leg: 'b', kind: 'ringing' })
  tellLog(state, call.id, 'ringing', { status })
}

/** The last one once more, so that no proxy on the way gives up. */
export function remind(state: State, call: Call): void {
  moveCaller(state, call, 'progress', { status: call.lastProgress ?? 180 })
  call.progressAt = state.now + REMIND_MS
}

/** RFC 3261 §21.1; others (199 of RFC 6228) speak of one fork only. */
const PASSED: ReadonlySet<number> = new Set([180, 181, 182, 183])

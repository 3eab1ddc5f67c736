/**
 * Session timers, one for each leg: what a side asks for it gets, we ask nobody. RFC 4028 §7, §9.
 *
 * Deviation: a side that wants us to refresh, and takes no UPDATE, gets no timer (RFC 4028 §9 lets us); a called side that insists ends
 * the call by its own clock. A re-INVITE would need a description, which is the other side's to give.
 */
import { Allow, type MessageEdit, MinSE, Require, SessionExpires, type SipRequest, type SipResponse } from '@strowger/sip-parser'
import { askTimer, type SessionTimer, serveTimer, type TimerPolicy, type TimerRequest, timerAsClient } from '@strowger/sip-ua/rules'
import type { AnyLeg } from './call.ts'
import { supports } from './extensions.ts'

/** The Min-SE to refuse with (422), when a session shorter than any is asked for. RFC 4028 §9. */
export function tooBrief(now: number, request: SipRequest): number | undefined {
  const served = DESCRIBING.has(request.method) ? serveTimer(now, asked(request), POLICY) : undefined
  return served?.kind === 'refuse 422' ? served.minSe : undefined
}

/** Into our 2xx to an INVITE or UPDATE of the far end; its timer runs from here, or ends. */
export function putTimerAnswer(edit: MessageEdit, now: number, leg: AnyLeg, request: SipRequest): MessageEdit {
  noteUpdate(leg, request)
  const served = serveTimer(now, asked(request), POLICY, leg.timer)
  delete leg.timer
  if (served.kind !== 'timer' || !isServable(leg, served.timer)) return edit
  leg.timer = served.timer
  const { seconds, refresher = 'uas' } = served.expires
  edit.append(SessionExpires, { seconds, refresher })
  return served.require ? edit.append(Require, 'timer') : edit
}

/** Into an INVITE or UPDATE of ours inside the call: it refreshes what runs. RFC 4028 §7.4. */
export function putTimerRequest(edit: MessageEdit, leg: AnyLeg): MessageEdit {
  edit.raw('Supported', 'timer')
  if (leg.timer === undefined) return edit
  const { expires, minSe } = askTimer({ ...POLICY, minSe: leg.minSe ?? POLICY.minSe }, leg.timer)
  const { seconds, refresher } = expires
  edit.append(SessionExpires, { seconds, ...(refresher === undefined ? {} : { refresher }) })
  return minSe === undefined ? edit : edit.append(MinSE, { seconds: minSe })
}

/** Out of the 2xx to an INVITE or UPDATE of ours. */
export function takeTimer(now: number, leg: AnyLeg, response: SipResponse): void {
  noteUpdate(leg, response)
  const timer = timerAsClient(now, response.headers.get(SessionExpires))
  delete leg.timer
  if (timer !== undefined && isServable(leg, timer)) leg.timer = timer
}

function asked(request: SipRequest): TimerRequest {
  const { headers } = request
  return { supported: supports(request, 'timer'), expires: headers.get(SessionExpires), minSe: headers.get(MinSE)?.seconds }
}

function noteUpdate(leg: AnyLeg, { headers }: SipRequest | SipResponse): void {
  const allow = headers.all(Allow)
  if (allow.length > 0) leg.takesUpdate = allow.includes('UPDATE')
}

function isServable({ takesUpdate }: AnyLeg, { refresher }: SessionTimer): boolean {
  return refresher === 'them' || takesUpdate === true
}

/** Half an hour, refreshed by whoever asks. */
const POLICY: TimerPolicy = { seconds: 1800, minSe: 90, refresher: 'them', onlyWhenAsked: true }
const DESCRIBING: ReadonlySet<string> = new Set(['INVITE', 'UPDATE'])

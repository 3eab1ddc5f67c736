/** A REFER on the side that sends it: what is told of it. RFC 3515 §2.4.3 to §2.4.5, RFC 4488 §4. */
import { CSeq, From, ReferSub, type SipRequest, type SipResponse, tagOf } from '@strowger/sip-parser'
import type { Answer } from './draft.ts'
import { type NotifySays, readNotify } from './notify-read.ts'
import { type ReferralEvent, type ReferralState, referralTable } from './refer-send-table.ts'
import { SIPFRAG, statusOfFragment } from './sipfrag.ts'
import { TIMER_N_MS } from './subscriber-usage.ts'

/** A REFER that has been sent; JSON. Its times: {@link shiftSentRefer}. */
export interface SentRefer {
  /** See {@link referralTable}. */
  readonly state: ReferralState
  /** CSeq of the REFER, which names its subscription. RFC 3515 §2.4.6. */
  readonly id: string
  /** Of what was told last. */
  readonly status?: number
  /** When we stop waiting; absent once it is over. */
  readonly overAt?: number
  /** Of the last NOTIFY, for REFERs outside a call. */
  readonly remote?: { readonly tag: string; readonly sequence: number }
}

/** `sequence`: CSeq of the REFER as it was sent. */
export function sentRefer(now: number, sequence: number): SentRefer {
  return { state: 'asked', id: String(sequence), overAt: now + TIMER_N_MS }
}

/** The final response to the REFER, or its status alone; `undefined`: nobody answered. 200 and 202 mean the same (RFC 7647 §3). */
export function referAnswered(sent: SentRefer, now: number, response: SipResponse | number | undefined): SentRefer {
  const status = typeof response === 'object' ? response.status : response
  if (status !== undefined && status < 200) return sent
  if (status === undefined || status >= 300) return step({ ...sent, ...(sent.state === 'asked' && { status: status ?? 408 }) }, 'refused')
  const silent = typeof response === 'object' && response.headers.get(ReferSub)?.subscribe === false
  const waits = sent.state === 'asked' && { overAt: now + TIMER_N_MS }
  return step({ ...sent, ...waits }, silent ? 'accepted silently' : 'accepted')
}

/** Whether a NOTIFY is about this REFER and no other of its dialog; the first may go without an id. RFC 3515 §2.4.6. */
export function isAbout(sent: SentRefer, request: SipRequest): boolean {
  const says = readNotify(request)
  return !('refuse' in says) && says.event.type === 'refer' && (says.event.id ?? sent.id) === sent.id
}

/**
 * A NOTIFY about this REFER: how to answer it, and what is known after it; `status` is what it told. `inCall`: the call watches the order
 * of its requests; without it that is done here.
 */
export function referNotified(
  sent: SentRefer,
  now: number,
  request: SipRequest,
  options: { readonly inCall?: boolean } = {},
): { readonly sent: SentRefer; readonly answer: Answer } {
  const says = readNotify(request)
  if ('refuse' in says) return { sent, answer: { status: says.refuse, reason: says.reason, headers: [] } }
  const remote = remoteOf(request)
  const refused = refusalOf(sent, says, request, options.inCall === true ? undefined : remote)
  if (refused !== undefined) return { sent, answer: { status: refused, headers: [] } }
  const status = statusIn(request)
  const told = { ...sent, remote, ...(status !== undefined && sent.state !== 'done' && { status }) }
  const event = eventOf(says, status)
  const waits = event === 'progress' && { overAt: now + (says.seconds ?? DEFAULT_SECONDS) * 1000 + TIMER_N_MS }
  return { sent: step({ ...told, ...(sent.overAt !== undefined && waits) }, event), answer: { status: 200, headers: [] } }
}

/** 481 for what is not of this REFER, 500 for what comes too late, 415 and 400 for what is no fragment. RFC 3515 §2.4.5. */
function refusalOf(sent: SentRefer, says: NotifySays, request: SipRequest, remote: SentRefer['remote']): 400 | 415 | 481 | 500 | undefined {
  if (!isAbout(sent, request) || sent.state === 'refused' || sent.state === 'silent') return 481
  if (says.contentType !== undefined && says.contentType !== SIPFRAG) return 415
  if (remote && sent.remote && sent.remote.tag !== remote.tag) return 481
  if (remote && sent.remote && remote.sequence < sent.remote.sequence) return 500
  // A last NOTIFY without a fragment says at least that it is the last.
  return says.status !== 'terminated' && statusIn(request) === undefined ? 400 : undefined
}

function eventOf(says: NotifySays, status: number | undefined): ReferralEvent {
  if (status !== undefined && status >= 200) return 'outcome'
  return says.status === 'terminated' ? 'ended' : 'progress'
}

function statusIn({ body }: SipRequest): number | undefined {
  return statusOfFragment(body)
}

/** What is due at `now`: `unknown` when nobody told in time. Due at `overAt`. RFC 3515 §2.4.4. */
export function wakeSentRefer(sent: SentRefer, now: number): SentRefer {
  return now >= (sent.overAt ?? Number.POSITIVE_INFINITY) ? step(sent, 'over') : sent
}

/** The same with its time moved by `ms`: by `-now` before it is saved, by `now` after it is restored on another clock. */
export function shiftSentRefer(sent: SentRefer, ms: number): SentRefer {
  return sent.overAt === undefined ? sent : { ...sent, overAt: sent.overAt + ms }
}

function step(sent: SentRefer, event: ReferralEvent): SentRefer {
  const to = referralTable[sent.state][event]
  if (to === undefined) return sent
  const { overAt, ...rest } = sent
  return WAITING.has(to) && overAt !== undefined ? { ...rest, state: to, overAt } : { ...rest, state: to }
}

function remoteOf({ headers }: SipRequest): { readonly tag: string; readonly sequence: number } {
  const from = headers.get(From)
  return { tag: (from && tagOf(from)) ?? '', sequence: headers.get(CSeq)?.sequence ?? 0 }
}

const WAITING: ReadonlySet<ReferralState> = new Set(['asked', 'accepted', 'hearing'])
/** How long they tell when they do not say. */
const DEFAULT_SECONDS = 180

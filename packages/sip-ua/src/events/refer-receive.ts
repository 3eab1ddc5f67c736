/** A REFER on the side that is asked: what it wants, how it is answered, how its progress is told. RFC 3515 §2.4, RFC 4488, RFC 7647. */
import { Contact, CSeq, Event, Expires, ReferredBy, ReferSub, ReferTo, Require, type SipRequest, Unsupported } from '@strowger/sip-parser'
import { type Answer, type Draft, line } from './draft.ts'
import { type EventName, eventName, sameEvent } from './event-package.ts'
import {
  answerNotifier,
  changeNotifier,
  endNotifier,
  isOpen,
  type NotifierStep,
  type NotifierUsage,
  refreshNotifier,
  startNotifier,
  wakeNotifier,
} from './notifier-usage.ts'
import { notifyDraft } from './notify-draft.ts'
import { type ReferTarget, referTarget } from './refer-target.ts'
import { SIPFRAG, statusFragment } from './sipfrag.ts'

/** A REFER that can be done; JSON. */
export interface ReferOffer {
  /** What to send, and where. */
  readonly target: ReferTarget
  /** The header as it came: passed on in the request it leads to. RFC 3892 §2.2. */
  readonly referredBy?: string
  /** They want to hear how it goes. False: neither subscription nor NOTIFY. RFC 4488 §4. */
  readonly subscribe: boolean
  /** Names the subscription among those of its dialog. RFC 3515 §2.4.6. */
  readonly event: EventName
}

/** What a REFER may ask for. RFC 3515 §2.4.2. */
export interface ReferRules {
  /** What a REFER may have us send. Default INVITE. */
  readonly methods?: readonly string[]
  /** Option tags of Require that are known here, `norefersub` aside. */
  readonly supported?: readonly string[]
}

/**
 * Reads a REFER, in a dialog or outside of any. Authorise the one who asks before anything is done: they have us call whom they like
 * (RFC 3515 §5.2), and it is they who pay.
 */
export function takeRefer(request: SipRequest, rules: ReferRules = {}): { readonly offer: ReferOffer } | { readonly refusal: Answer } {
  const { headers } = request
  const known = ['norefersub', ...(rules.supported ?? [])].map(tag => tag.toLowerCase())
  const unknown = headers.all(Require).filter(tag => !known.includes(tag.toLowerCase()))
  if (unknown.length > 0) return { refusal: { status: 420, headers: unknown.map(tag => line(Unsupported, tag)) } }
  const target = headers.get(ReferTo)
  // Exactly one (RFC 3515 §2.4.2).
  if (!target || headers.raw('Refer-To').length !== 1) return bad('One Refer-To Needed')
  if (!headers.has(Contact)) return bad('Missing Contact')
  const verdict = referTarget(target, rules.methods)
  if (verdict.kind === 'refuse') {
    const { status, reason } = verdict
    return { refusal: { status, headers: [], ...(reason !== undefined && { reason }) } }
  }
  const by = headers.has(ReferredBy) ? headers.raw(ReferredBy.name)[0] : undefined
  return {
    offer: {
      target: verdict.target,
      ...(by !== undefined && !/[\r\n\0]/.test(by) && { referredBy: by }),
      subscribe: headers.get(ReferSub)?.subscribe ?? true,
      // A MUST from the second REFER of a dialog on, allowed for the first (RFC 3515 §2.4.6).
      event: { type: 'refer', id: String(headers.get(CSeq)?.sequence ?? 0) },
    },
  }
}

/** One REFER that is being done; JSON. The dialog is not in it: inside a call it is the call's. */
export interface Referral {
  /** What its NOTIFYs are named: `refer` and the CSeq of the REFER. */
  readonly event: EventName
  /** Its times: `shiftNotifier`; when to wake it: `nextNotifierWake`. */
  readonly usage: NotifierUsage
  /** The newest that is known of it: what the next NOTIFY tells. */
  readonly status: number
  /** Reason phrase of `status`, where it is not the registered one. */
  readonly reason?: string
}

/** The referral after a step, and the NOTIFY that it makes due. RFC 3515 §2.4.4. */
export interface ReferralStep {
  /** The state after the step. */
  readonly referral: Referral
  /** Send it in the dialog; tell its answer to {@link answerReferral}. */
  readonly notify?: Draft
  /** Nothing more will be told: forget it. */
  readonly ended?: true
}

/**
 * Accepts: the answer, and the subscription with its first NOTIFY, `100 Trying`, due at once (RFC 3515 §2.4.4); neither of them with
 * `Refer-Sub: false` (RFC 4488 §4). `seconds`: how long we will tell; enough for a call to be set up.
 *
 * Deviation: RFC 7647 §3 would have 200; 202 stays the default because phones that transfer by RFC 3515 alone wait for it.
 */
export function acceptRefer(
  offer: ReferOffer,
  now: number,
  options: { readonly seconds?: number; readonly status?: 200 | 202 } = {},
): { readonly answer: Answer; readonly step?: ReferralStep } {
  const { seconds = 180, status = 202 } = options
  if (!offer.subscribe) return { answer: { status, headers: [line(ReferSub, { subscribe: false })] } }
  const started = startNotifier(now, { status: 'active', seconds })
  return { answer: { status, headers: [] }, step: stepOf({ event: offer.event, usage: started.usage, status: 100 }, started) }
}

/** What came of it so far. A final status is the last one told, with `terminated;reason=noresource`. RFC 3515 §2.4.5, §2.4.7. */
export function progressReferral(referral: Referral, now: number, status: number, reason?: string): ReferralStep {
  if (!isOpen(referral.usage)) return { referral }
  const { reason: _, ...rest } = referral
  const told = { ...rest, status, ...(reason !== undefined && { reason }) }
  return stepOf(told, status < 200 ? changeNotifier(told.usage, now) : endNotifier(told.usage, now, { reason: 'noresource' }))
}

/** The final answer to the NOTIFY that is out, `undefined` when there was none. RFC 6665 §4.2.2. */
export function answerReferral(referral: Referral, now: number, status: number | undefined, retryAfterSeconds?: number): ReferralStep {
  return stepOf(referral, answerNotifier(referral.usage, now, { status, retryAfterSeconds }))
}

/** What is due at `now`: the last NOTIFY when its time is up. See {@link nextNotifierWake} of its `usage`. RFC 3515 §2.4.4. */
export function wakeReferral(referral: Referral, now: number): ReferralStep {
  return stepOf(referral, wakeNotifier(referral.usage, now))
}

/**
 * A SUBSCRIBE in the dialog that prolongs the subscription, or with Expires 0 says that they have heard enough; 481 when it is not about
 * this one (ask the others first). `mostSeconds`: granted at most. RFC 3515 §2.4.4, RFC 6665 §4.2.1.4.
 */
export function refreshReferral(
  referral: Referral,
  now: number,
  request: SipRequest,
  mostSeconds = 180,
): { readonly answer: Answer; readonly step?: ReferralStep } {
  const event = request.headers.get(Event)
  if (!event || !sameEvent(eventName(event), referral.event) || !isOpen(referral.usage)) return { answer: { status: 481, headers: [] } }
  const seconds = Math.min(request.headers.get(Expires) ?? mostSeconds, mostSeconds)
  return {
    answer: { status: 200, headers: [line(Expires, seconds)] },
    step: stepOf(referral, refreshNotifier(referral.usage, now, seconds)),
  }
}

/** The fragment is a MUST in each NOTIFY, the last one included. RFC 3515 §2.4.5. */
function stepOf(referral: Referral, { usage, send, ended }: NotifierStep): ReferralStep {
  const { event, status, reason } = referral
  const body = { contentType: `${SIPFRAG};version=2.0`, body: statusFragment(status, reason) }
  return { referral: { ...referral, usage }, ...(send && { notify: { ...notifyDraft(event, send), ...body } }), ...(ended && { ended }) }
}

function bad(reason: string): { readonly refusal: Answer } {
  return { refusal: { status: 400, reason, headers: [] } }
}

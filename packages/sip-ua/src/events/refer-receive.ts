/** A REFER on the side that is asked: what it wants, how it is answered, how its progress is told. RFC 3515 §2.4, RFC 4488, RFC 7647. */
import {
  Contact,
  CSeq,
  type MessageEdit,
  ReferredBy,
  ReferSub,
  ReferTo,
  Require,
  responseTo,
  type SipRequest,
  Unsupported,
} from '@strowger/sip-parser'
import type { Dialog } from '../dialog.ts'
import type { EventName } from './event-package.ts'
import { changeNotifier, endNotifier, type NotifierStep, type NotifierUsage, startNotifier } from './notifier-usage.ts'
import { notifyIn } from './notify-write.ts'
import { type ReferTarget, referTarget } from './refer-target.ts'
import { SIPFRAG, statusFragment } from './sipfrag.ts'
import { uriOf } from './uri-of.ts'

/** A REFER that can be done. */
export interface ReferOffer {
  readonly request: SipRequest
  readonly target: ReferTarget
  /** As it came: passed on in the request it leads to. RFC 3892 §2.2. */
  readonly referredBy?: string
  /** They want to hear how it goes. False: neither subscription nor NOTIFY. RFC 4488 §4. */
  readonly subscribe: boolean
  /** Names the subscription among those of its dialog. RFC 3515 §2.4.6. */
  readonly event: EventName
}

export interface ReferRules {
  /** What a REFER may have us send. Default INVITE. */
  readonly methods?: readonly string[]
  /** Option tags of Require that are known here, `norefersub` aside. */
  readonly supported?: readonly string[]
}

/**
 * `toTag` goes into a refusal outside a dialog. Authorise the one who asks before anything is done: they have us call whom they like
 * (RFC 3515 §5.2), and it is they who pay.
 */
export function takeRefer(
  request: SipRequest,
  toTag: string,
  rules: ReferRules = {},
): { readonly offer: ReferOffer } | { readonly refusal: MessageEdit } {
  const { headers } = request
  const refuse = (status: number, reason?: string): { readonly refusal: MessageEdit } => ({
    refusal: responseTo(request, status, { toTag, ...(reason !== undefined && { reason }) }),
  })
  const unknown = headers.all(Require).filter(tag => tag !== 'norefersub' && !rules.supported?.includes(tag))
  if (unknown.length > 0) return { refusal: unknown.reduce((edit, tag) => edit.append(Unsupported, tag), refuse(420).refusal) }
  const [first, second] = headers.all(ReferTo)
  // Exactly one (RFC 3515 §2.4.2).
  if (!first || second || headers.raw('Refer-To').length + headers.raw('r').length > 1) return refuse(400, 'One Refer-To Needed')
  if (!headers.has(Contact)) return refuse(400, 'Missing Contact')
  const verdict = referTarget(first, rules.methods)
  if (verdict.kind === 'refuse') return refuse(verdict.status, verdict.reason)
  return { offer: { request, target: verdict.target, ...referrer(request), subscribe: wantsNews(request), event: eventOf(request) } }
}

/** One REFER that is being done; JSON. The dialog is not in it: inside a call it is the call's. */
export interface ReferDone {
  readonly event: EventName
  readonly usage: NotifierUsage
  /** The newest that is known of it: the status the next NOTIFY tells. */
  readonly status: number
  readonly reason?: string
}

export interface ReferStep {
  readonly refer: ReferDone
  /** Send this NOTIFY: {@link referNotifyIn}. */
  readonly notify?: ReferNotify
  /** Nothing more will be told: forget it. */
  readonly ended?: true
}

/** A NOTIFY that is due, with what it tells. */
export interface ReferNotify {
  readonly draft: NonNullable<NotifierStep['send']>
  readonly event: EventName
  readonly status: number
  readonly reason?: string
}

/**
 * Accepts: the response, and the subscription with its first NOTIFY, `100 Trying`, due at once (RFC 3515 §2.4.4); neither of them with
 * `Refer-Sub: false` (RFC 4488 §4). `toTag`, `contact`: outside a dialog. `seconds`: how long we will tell; enough for the call to be set up.
 *
 * Deviation: RFC 7647 §3 would have 200; 202 stays the default because transferring phones in use wait for it. Give `status` 200 for the former.
 */
export function acceptRefer(
  offer: ReferOffer,
  now: number,
  options: { readonly contact: string; readonly toTag: string; readonly seconds?: number; readonly status?: 200 | 202 },
): { readonly response: MessageEdit; readonly step?: ReferStep } {
  const { contact, toTag, seconds = 180, status = 202 } = options
  const response = responseTo(offer.request, status, { toTag, recordRoute: true }).append(Contact, {
    uri: uriOf(contact),
    params: new Map(),
  })
  if (!offer.subscribe) return { response: response.append(ReferSub, { subscribe: false }) }
  const started = startNotifier(now, { status: 'active', seconds })
  return { response, step: stepOf({ event: offer.event, usage: started.usage, status: 100 }, started) }
}

/** What came of it so far. A final status is the last: told with `terminated;reason=noresource`. RFC 3515 §2.4.5, §2.4.7. */
export function progressRefer(refer: ReferDone, now: number, status: number, reason?: string): ReferStep {
  if (refer.usage.ending) return { refer }
  const { reason: _, ...rest } = refer
  const told = { ...rest, status, ...(reason !== undefined && { reason }) }
  return stepOf(told, status < 200 ? changeNotifier(refer.usage, now) : endNotifier(refer.usage, now, { reason: 'noresource' }))
}

/** Puts back what a step of the usage gave: the answer to a NOTIFY (`answerNotifier`), a refresh, a wake. */
export function stepOf(refer: ReferDone, { usage, send, ended }: NotifierStep): ReferStep {
  const after = { ...refer, usage }
  const { event, status, reason } = after
  return {
    refer: after,
    ...(send && { notify: { draft: send, event, status, ...(reason !== undefined && { reason }) } }),
    ...(ended && { ended }),
  }
}

/** The NOTIFY in its dialog, complete with its fragment. RFC 3515 §2.4.5. */
export function referNotifyIn(
  dialog: Dialog,
  { draft, event, status, reason }: ReferNotify,
): { readonly dialog: Dialog; readonly edit: MessageEdit } {
  const { dialog: after, edit } = notifyIn(dialog, event, draft)
  return { dialog: after, edit: edit.body(`${SIPFRAG};version=2.0`, statusFragment(status, reason)) }
}

function referrer({ headers }: SipRequest): { readonly referredBy?: string } {
  const value = headers.get(ReferredBy)
  return value ? { referredBy: ReferredBy.encode(value) } : {}
}

/** RFC 4488 §4; whoever requires `norefersub` without the header still has the subscription. */
function wantsNews({ headers }: SipRequest): boolean {
  return headers.get(ReferSub)?.subscribe ?? true
}

/** The id is the CSeq of the REFER: a MUST from the second of a dialog on, allowed for the first. RFC 3515 §2.4.6. */
function eventOf({ headers }: SipRequest): EventName {
  return { type: 'refer', id: String(headers.get(CSeq)?.sequence ?? 0) }
}

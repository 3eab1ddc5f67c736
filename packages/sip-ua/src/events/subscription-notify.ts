/** What a NOTIFY does to a wish to be subscribed: whose it is, what it says, how it is answered. RFC 6665 §4.1.3, §4.4.1. */
import { Accept, AllowEvents, Contact, type MessageEdit, responseTo, type SipRequest, utf8 } from '@strowger/sip-parser'
import { refreshTarget } from '../dialog.ts'
import { receiveIn } from '../dialog-receive.ts'
import { sameEvent } from './event-package.ts'
import { followUpOf } from './follow-up.ts'
import type { EndReason } from './notifier-usage.ts'
import type { StateBody } from './notify-draft.ts'
import { type NotifySays, readNotify } from './notify-read.ts'
import type { SubscribeWish } from './subscribe-request.ts'
import { notifySubscriber, startSubscriber } from './subscriber-usage.ts'
import { dialogOfNotify, type Fork, remoteTagOf, type SubscriptionData } from './subscription-data.ts'
import { uriOf } from './uri-of.ts'

/** What a NOTIFY told. */
export interface StateNews {
  readonly status: 'active' | 'pending' | 'terminated'
  /** Absent when the notifier knows nothing yet: the state is neutral. RFC 6665 §4.1.2.4. */
  readonly body?: StateBody
  /** Tells the forks apart. */
  readonly remoteTag: string
  /** Of `terminated`. */
  readonly reason?: EndReason
}

export interface NotifyTaken {
  readonly data: SubscriptionData
  readonly response: MessageEdit
  readonly news?: StateNews
  /** It made a subscription, or would have, were it not `terminated` at once. */
  readonly made?: true
}

interface Wanted extends SubscribeWish {
  readonly forks?: boolean
}

/** `opens`: whether a NOTIFY may make a dialog in the state we are in. */
export function receiveNotify(data: SubscriptionData, wanted: Wanted, now: number, request: SipRequest, opens: boolean): NotifyTaken {
  const says = readNotify(request)
  if ('refuse' in says) return { data, response: responseTo(request, says.refuse, { reason: says.reason }) }
  const refusal = unwanted(says, wanted, request)
  if (refusal) return { data, response: refusal }
  const fork = data.forks.find(each => each.dialog.remoteTag === remoteTagOf(request))
  if (fork) return inFork(data, fork, says, now, request)
  const full = data.forks.length >= (wanted.forks === true ? MOST_FORKS : 1)
  if (!opens || data.closed || full) return { data, response: responseTo(request, 481) }
  return newFork(data, wanted, says, now, request)
}

/** RFC 6665 §4.1.3: another package 489, another `id` 481; a body nobody asked for 415 (RFC 3261 §8.2.3). */
function unwanted({ event, contentType }: NotifySays, { event: ours, accept }: Wanted, request: SipRequest): MessageEdit | undefined {
  if (event.type !== ours.type) return responseTo(request, 489).append(AllowEvents, ours.type)
  if (!sameEvent(event, ours)) return responseTo(request, 481)
  if (contentType === undefined || accept.length === 0 || accept.includes(contentType)) return undefined
  const refusal = responseTo(request, 415)
  for (const type of accept) refusal.append(Accept, { type, params: new Map() })
  return refusal
}

function inFork(data: SubscriptionData, fork: Fork, says: NotifySays, now: number, request: SipRequest): NotifyTaken {
  const received = receiveIn(fork.dialog, request)
  // Older than one already taken: its state is history. RFC 3261 §12.2.2.
  if ('refuse' in received) return { data, response: responseTo(request, received.refuse) }
  const dialog = refreshTarget(received.dialog, request)
  const { usage, gone } = notifySubscriber(fork.usage, now, says)
  const others = data.forks.filter(each => each !== fork)
  const forks = gone ? others : [...others, { dialog, usage }]
  const lasted = gone === true && now - usage.startedAt >= LASTED_MS
  const after = { ...data, forks, ...(gone && endOf(says)), ...(lasted && { failures: 0 }) }
  return { data: after, response: responseTo(request, 200), news: newsOf(says, request) }
}

function newFork(data: SubscriptionData, wanted: Wanted, says: NotifySays, now: number, request: SipRequest): NotifyTaken {
  const dialog = dialogOfNotify(data, request, wanted.contact)
  if (!dialog) return { data, response: responseTo(request, 400, { reason: 'Missing Contact' }) }
  const response = responseTo(request, 200, { recordRoute: true }).append(Contact, { uri: uriOf(wanted.contact), params: new Map() })
  const news = newsOf(says, request)
  // A NOTIFY that ends what it would have made makes no dialog (RFC 6665 §4.4.1).
  if (says.status === 'terminated') return { data: { ...data, ...endOf(says) }, response, news, made: true }
  const { status, seconds = data.grantedSeconds ?? data.askSeconds } = says
  const { usage } = startSubscriber(now, { status, seconds, askSeconds: data.askSeconds })
  return { data: { ...data, forks: [...data.forks, { dialog, usage }] }, response, news, made: true }
}

function endOf({ ending }: NotifySays): Pick<SubscriptionData, 'followUp' | 'cause'> {
  return { followUp: followUpOf(ending), cause: ending.reason === undefined ? {} : { reason: ending.reason } }
}

function newsOf({ status, contentType, ending }: NotifySays, request: SipRequest): StateNews {
  return {
    status,
    remoteTag: remoteTagOf(request),
    ...(contentType !== undefined && { body: { contentType, text: utf8(request.body) } }),
    ...(status === 'terminated' && ending.reason !== undefined && { reason: ending.reason }),
  }
}

/** How many answers to one SUBSCRIBE are kept. */
const MOST_FORKS = 16
/** See `subscription.ts`. */
const LASTED_MS = 60_000

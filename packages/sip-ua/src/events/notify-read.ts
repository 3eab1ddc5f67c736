/** Reads what a NOTIFY says about its subscription. RFC 6665 §4.1.3, §8.2. */
import { ContentType, Event, type SipRequest, SubscriptionState } from '@strowger/sip-parser'
import { type EventName, eventName } from './event-package.ts'
import { endReason } from './follow-up.ts'
import type { Ending } from './notifier-usage.ts'

export interface NotifySays {
  readonly event: EventName
  readonly status: 'active' | 'pending' | 'terminated'
  /** Time left, where it is told. */
  readonly seconds?: number
  /** Of `terminated`. */
  readonly ending: Ending
  /** Of the body; absent when there is none. */
  readonly contentType?: string
}

/** The status to refuse it with: one Event, one Subscription-State and a typed body are a MUST. RFC 6665 §4.1.3, §8.2.3. */
export type BadNotify = { readonly refuse: 400; readonly reason: string }

/** Deviation: a state nobody registered reads as `active`; RFC 6665 §4.1.3 leaves it to its extension, which we do not know. */
export function readNotify(request: SipRequest): NotifySays | BadNotify {
  const { headers, body } = request
  const event = headers.get(Event)
  if (!event) return { refuse: 400, reason: 'Missing Event' }
  const state = headers.get(SubscriptionState)
  if (!state) return { refuse: 400, reason: 'Missing Subscription-State' }
  const contentType = headers.get(ContentType)?.type
  if (body.length > 0 && contentType === undefined) return { refuse: 400, reason: 'Missing Content-Type' }
  const reason = endReason(state.reason)
  return {
    event: eventName(event),
    status: STATUSES.find(each => each === state.state) ?? 'active',
    ...(state.expires !== undefined && { seconds: state.expires }),
    ending: {
      ...(reason !== undefined && { reason }),
      ...(state.retryAfter !== undefined && { retryAfterSeconds: state.retryAfter }),
    },
    ...(body.length > 0 && contentType !== undefined && { contentType }),
  }
}

const STATUSES = ['active', 'pending', 'terminated'] as const

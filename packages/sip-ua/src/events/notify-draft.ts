/** What a NOTIFY says, as headers. RFC 6665 §4.2.2. */
import { Event, SubscriptionState } from '@strowger/sip-parser'
import { type Draft, line } from './draft.ts'
import { type EventName, eventValue } from './event-package.ts'
import type { NotifyDraft } from './notifier-usage.ts'

/** A state as its package writes it down. JSON; bodies of event packages are text. */
export interface StateBody {
  /** `application/dialog-info+xml`, … */
  readonly contentType: string
  /** Goes out as UTF-8. */
  readonly text: string
}

/** Without a body. */
export function notifyDraft(event: EventName, { status, expiresSeconds, ending }: NotifyDraft): Draft {
  const state = {
    state: status,
    ...(expiresSeconds !== undefined && { expires: expiresSeconds }),
    ...(ending?.reason !== undefined && { reason: ending.reason }),
    ...(ending?.retryAfterSeconds !== undefined && { retryAfter: ending.retryAfterSeconds }),
  }
  return { method: 'NOTIFY', headers: [line(Event, eventValue(event)), line(SubscriptionState, state)] }
}

/** Puts a NOTIFY into a dialog. RFC 6665 §4.2.2. */
import { Event, type MessageEdit, SubscriptionState } from '@strowger/sip-parser'
import type { Dialog } from '../dialog.ts'
import { requestIn } from '../dialog-request.ts'
import { type EventName, eventValue } from './event-package.ts'
import type { NotifyDraft } from './notifier-usage.ts'

/** A state as its package writes it down. JSON; bodies of event packages are text. */
export interface StateBody {
  readonly contentType: string
  readonly text: string
}

/** The dialog after it, and the request; add a body to it before it is sent. */
export function notifyIn(dialog: Dialog, event: EventName, draft: NotifyDraft): { readonly dialog: Dialog; readonly edit: MessageEdit } {
  const { dialog: after, edit } = requestIn(dialog, 'NOTIFY')
  const { status, expiresSeconds, ending } = draft
  edit.append(Event, eventValue(event)).append(SubscriptionState, {
    state: status,
    ...(expiresSeconds !== undefined && { expires: expiresSeconds }),
    ...(ending?.reason !== undefined && { reason: ending.reason }),
    ...(ending?.retryAfterSeconds !== undefined && { retryAfter: ending.retryAfterSeconds }),
  })
  return { dialog: after, edit }
}

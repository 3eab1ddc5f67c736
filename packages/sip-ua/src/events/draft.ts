/** Requests and answers that do not care whose dialog they go into: a call's, or one of their own. RFC 3261 §12.2, RFC 5057 §3. */
import { Contact, type HeaderDef, type MessageEdit, responseTo, type SipRequest } from '@strowger/sip-parser'
import type { Dialog } from '../dialog.ts'
import { requestIn } from '../dialog-request.ts'
import { uriOf } from './uri-of.ts'

/** Name and value of a header. */
export type HeaderLine = readonly [name: string, value: string]

/** What to say in a dialog. The same fields as a `UserAgent` of `@strowger/sip-ua/call` takes with its `request`. */
export interface Draft {
  /** `NOTIFY`, `REFER`, `INFO`, … */
  readonly method: string
  /** In the order in which they are written; without those every request in a dialog has. */
  readonly headers: readonly HeaderLine[]
  /** Of the body, parameters included. */
  readonly contentType?: string
  /** Only with `contentType`. */
  readonly body?: Uint8Array
}

/** How to answer a request. The same fields as a `UserAgent` takes with its `respond`, which has no use for `reason`. */
export interface Answer {
  /** 200 to 699; none of the answers here is provisional. */
  readonly status: number
  /** Reason phrase; default the registered one. */
  readonly reason?: string
  /** Beside those every response has. RFC 3261 §8.2.6.2. */
  readonly headers: readonly HeaderLine[]
}

export function line<T>(def: HeaderDef<T>, value: T): HeaderLine {
  return [def.name, def.encode(value)]
}

/** A draft in a dialog that is not a call's: the dialog after it, and the request. */
export function draftIn(dialog: Dialog, draft: Draft): { readonly dialog: Dialog; readonly edit: MessageEdit } {
  const { dialog: after, edit } = requestIn(dialog, draft.method)
  return { dialog: after, edit: withDraft(edit, draft) }
}

export function withDraft(edit: MessageEdit, { headers, contentType, body }: Omit<Draft, 'method'>): MessageEdit {
  for (const [name, value] of headers) edit.raw(name, value)
  return contentType !== undefined && body !== undefined ? edit.body(contentType, body) : edit
}

/** The response, outside a call. `toTag`: ours, where the request had none. `contact`: for a 2xx that makes a dialog (RFC 3261 §12.1.1). */
export function answerTo(
  request: SipRequest,
  { status, reason, headers }: Answer,
  options: { readonly toTag?: string; readonly contact?: string } = {},
): MessageEdit {
  const { toTag, contact } = options
  const made = contact !== undefined && status < 300
  const response = responseTo(request, status, {
    ...(reason !== undefined && { reason }),
    ...(toTag !== undefined && { toTag }),
    recordRoute: made,
  })
  if (made) response.append(Contact, { uri: uriOf(contact), params: new Map() })
  return withDraft(response, { headers })
}

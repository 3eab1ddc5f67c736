/** Instant messages, each on its own. RFC 3428. */

import type { SipRequest } from '@strowger/sip-parser'
import { CallId, Contact, ContentType, CSeq, Expires, From, MaxForwards, type MessageEdit, newRequest, To } from '@strowger/sip-parser'
import { uriOf } from './uri-of.ts'

export interface MessageDraft {
  /** Request-URI and To. */
  readonly to: string
  /** Who writes: the From URI. */
  readonly from: string
  /** Of the body, `text/plain`. */
  readonly contentType: string
  /** The text, in the bytes it goes out in. */
  readonly body: Uint8Array
  /** How long it makes sense to deliver it. RFC 3428 §5. */
  readonly expiresSeconds?: number
}

/**
 * A MESSAGE outside any dialog: no Contact, and it makes no dialog (RFC 3428 §4). `undefined` when the whole request could be larger than
 * 1300 bytes and the way is not known to be congestion-controlled end to end (`anySize`), as RFC 3428 §8 asks: such a text needs
 * another way. Inside a dialog use `requestIn(dialog, 'MESSAGE')` with {@link fitsMessage}.
 */
export function newMessage(
  draft: MessageDraft,
  token: () => string,
  options: { readonly anySize?: boolean } = {},
): MessageEdit | undefined {
  const edit = newRequest('MESSAGE', uriOf(draft.to))
    .append(From, { uri: uriOf(draft.from), params: new Map([['tag', token()]]) })
    .append(To, { uri: uriOf(draft.to), params: new Map() })
    .append(CallId, token())
    .append(CSeq, { sequence: 1, method: 'MESSAGE' })
    .append(MaxForwards, 70)
    .body(draft.contentType, draft.body)
  if (draft.expiresSeconds !== undefined) edit.append(Expires, draft.expiresSeconds)
  return options.anySize === true || fitsMessage(edit) ? edit : undefined
}

/** Whether a MESSAGE stays within 1300 bytes once a Via is on it. RFC 3428 §8. */
export function fitsMessage(edit: MessageEdit): boolean {
  return edit.toBytes().length + VIA_BYTES <= 1300
}

/** A MESSAGE as it was read, or the status to refuse it with. RFC 3428 §7. */
export type MessageVerdict =
  | { readonly kind: 'message'; readonly contentType: string; readonly body: Uint8Array; readonly expiresSeconds?: number }
  | { readonly kind: 'refuse'; readonly status: 400 | 415; readonly reason?: string }

/**
 * Reads a MESSAGE for one of the media types in `accepts` (`*` + `/*` takes all). Answer 200 with neither Contact nor body once it is
 * delivered, 202 once it is stored (RFC 3428 §7); 415 goes with an Accept of `accepts`. A Contact is ignored (RFC 3428 §4).
 */
export function readMessage(request: SipRequest, accepts: readonly string[]): MessageVerdict {
  const { headers, body } = request
  const type = headers.read(ContentType)
  if (type.kind === 'malformed') return { kind: 'refuse', status: 400, reason: 'Bad Content-Type' }
  if (type.kind === 'absent' && body.length > 0) return { kind: 'refuse', status: 400, reason: 'Missing Content-Type' }
  const contentType = type.kind === 'value' ? type.value.type : 'text/plain'
  const group = `${contentType.split('/')[0]}/*`
  if (![contentType, group, '*/*'].some(each => accepts.includes(each))) return { kind: 'refuse', status: 415 }
  const expires = headers.get(Expires)
  return { kind: 'message', contentType, body, ...(expires !== undefined && { expiresSeconds: expires }) }
}

/** Takes off what a 2xx to MESSAGE may not have: Contact and body. RFC 3428 §7. */
export function bareAnswer(response: MessageEdit): MessageEdit {
  return response.remove(Contact).body(undefined)
}

/** Room for the Via a transaction layer writes: a name of 63 letters, a port, a branch and `rport`. */
const VIA_BYTES = 130

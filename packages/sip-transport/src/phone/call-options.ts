/** How a phone makes a call. RFC 3261 §13.2.1. */
import type { InviteOptions } from '@strowger/sip-ua/call'
import { type HeaderTexts, linesOf } from '../parts.ts'

/** What a call brings, and how long it may take. RFC 3261 §13.2.1. */
export interface CallOptions {
  /** Our session description; without one they offer, and `answerOffer` goes into the ACK (RFC 3725 §4.1). */
  readonly offer?: Uint8Array | undefined
  /** Another From than the phone's own. */
  readonly from?: string | undefined
  /** Display name in From. */
  readonly fromName?: string | undefined
  /** Further header fields: text, or `header(def, value)`. */
  readonly headers?: HeaderTexts | undefined
  /** Cancelled when nobody has answered by then; it goes into Expires (RFC 3261 §13.2.1). Default: it rings until they give up. */
  readonly ringSeconds?: number | undefined
  /** Ends the call when it is aborted, however far that has come: CANCEL or BYE. */
  readonly signal?: AbortSignal | undefined
}

/** `aor`: who calls, where nothing else is said. */
export function inviteOptions(to: string, aor: string, { offer, from = aor, fromName, headers, ringSeconds }: CallOptions): InviteOptions {
  return {
    to,
    from,
    headers: linesOf(headers),
    ...(offer && { offer }),
    ...(fromName !== undefined && { fromName }),
    ...(ringSeconds !== undefined && { expires: ringSeconds }),
  }
}

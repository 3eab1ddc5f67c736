/** A parsed message: the bytes as they came and a view of them. RFC 3261 §7. */
import type { ParseErrorCode } from './errors.ts'
import type { Headers, HeaderView } from './headers.ts'
import type { Uri } from './uri.ts'

/** What a byte sequence turned out to be. Switch on `kind`; parsing never throws. */
export type Parsed = SipRequest | SipResponse | Malformed

export interface MessageView {
  /** The bytes as received. `headers` and `body` are views into them; never write to them. */
  readonly wire: Uint8Array
  readonly headers: HeaderView
  readonly body: Uint8Array
}

export interface SipRequest extends MessageView {
  readonly kind: 'request'
  /** Case-sensitive token, `INVITE`, `ACK`, …  RFC 3261 §7.1. */
  readonly method: string
  readonly uri: Uri
}

export interface SipResponse extends MessageView {
  readonly kind: 'response'
  /** 100 to 699. RFC 3261 §7.2. */
  readonly status: number
  readonly reason: string
}

export interface Malformed {
  readonly kind: 'malformed'
  /** Its row in {@link PARSE_ERRORS} has the status to answer. */
  readonly code: ParseErrorCode
  /** Byte offset at which the grammar stopped matching. */
  readonly offset: number
  /** Present when enough survived to answer (the headers RFC 3261 §8.2.6.2 copies); never for an ACK. */
  readonly answerable?: SipRequest
}

export class RequestView implements SipRequest {
  readonly kind = 'request'
  readonly method: string
  readonly uri: Uri
  readonly wire: Uint8Array
  readonly headers: Headers
  private kept: Uint8Array | undefined = undefined

  constructor(method: string, uri: Uri, wire: Uint8Array, headers: Headers) {
    this.method = method
    this.uri = uri
    this.wire = wire
    this.headers = headers
  }

  get body(): Uint8Array {
    this.kept ??= bodyOf(this)
    return this.kept
  }
}

export class ResponseView implements SipResponse {
  readonly kind = 'response'
  readonly status: number
  readonly reason: string
  readonly wire: Uint8Array
  readonly headers: Headers
  private kept: Uint8Array | undefined = undefined

  constructor(status: number, reason: string, wire: Uint8Array, headers: Headers) {
    this.status = status
    this.reason = reason
    this.wire = wire
    this.headers = headers
  }

  get body(): Uint8Array {
    this.kept ??= bodyOf(this)
    return this.kept
  }
}

function bodyOf({ wire, headers }: { readonly wire: Uint8Array; readonly headers: Headers }): Uint8Array {
  return wire.subarray(Math.min(headers.bodyStart, wire.length))
}

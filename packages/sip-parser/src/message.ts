/** A parsed message: the bytes as they came and a view of them. RFC 3261 §7. */
import type { ParseErrorCode } from './errors.ts'
import type { Headers, HeaderView } from './headers.ts'
import type { Uri } from './uri.ts'

/** What a byte sequence turned out to be. Switch on `kind`; parsing never throws. */
export type Parsed = SipRequest | SipResponse | Malformed

/** What requests and responses have in common. RFC 3261 §7. */
export interface MessageView {
  /** The bytes as received. `headers` and `body` are views into them; never write to them. */
  readonly wire: Uint8Array
  /** Decoded value by value, when asked for. */
  readonly headers: HeaderView
  /** As many bytes as Content-Length says; on UDP without one, all that follow the header. RFC 3261 §18.3. */
  readonly body: Uint8Array
}

/** A request whose start line and mandatory headers are sound. RFC 3261 §7.1. */
export interface SipRequest extends MessageView {
  readonly kind: 'request'
  /** Case-sensitive token, `INVITE`, `ACK`, …  RFC 3261 §7.1. */
  readonly method: string
  /** The Request-URI. RFC 3261 §8.1.1.1. */
  readonly uri: Uri
}

/** A response whose start line and mandatory headers are sound. RFC 3261 §7.2. */
export interface SipResponse extends MessageView {
  readonly kind: 'response'
  /** 100 to 699. RFC 3261 §7.2. */
  readonly status: number
  /** Reason phrase, for people; may be empty. RFC 3261 §7.2. */
  readonly reason: string
}

/** Bytes that are no message, and what can still be read of them. RFC 3261 §21.4.1. */
export interface Malformed {
  readonly kind: 'malformed'
  /** Its row in {@link PARSE_ERRORS} has the status to answer. */
  readonly code: ParseErrorCode
  /** Byte offset at which the grammar stopped matching. */
  readonly offset: number
  /** Present when enough survived to answer (the headers RFC 3261 §8.2.6.2 copies); never for an ACK. */
  readonly answerable?: SipRequest
  /** What was cut out of a stream, no longer than `messageBytes`; absent where the caller has the bytes. */
  readonly wire?: Uint8Array
}

export class RequestView implements SipRequest {
  readonly kind: 'request'
  readonly method: string
  readonly uri: Uri
  readonly wire: Uint8Array
  readonly headers: Headers
  private kept: Uint8Array | undefined

  constructor(method: string, uri: Uri, wire: Uint8Array, headers: Headers) {
    this.kind = 'request'
    this.method = method
    this.uri = uri
    this.wire = wire
    this.headers = headers
    this.kept = undefined
  }

  get body(): Uint8Array {
    this.kept ??= bodyOf(this)
    return this.kept
  }
}

export class ResponseView implements SipResponse {
  readonly kind: 'response'
  readonly status: number
  readonly reason: string
  readonly wire: Uint8Array
  readonly headers: Headers
  private kept: Uint8Array | undefined

  constructor(status: number, reason: string, wire: Uint8Array, headers: Headers) {
    this.kind = 'response'
    this.status = status
    this.reason = reason
    this.wire = wire
    this.headers = headers
    this.kept = undefined
  }

  get body(): Uint8Array {
    this.kept ??= bodyOf(this)
    return this.kept
  }
}

function bodyOf({ wire, headers }: { readonly wire: Uint8Array; readonly headers: Headers }): Uint8Array {
  return wire.subarray(Math.min(headers.bodyStart, wire.length))
}

/** What a media relay answers: `ok` with what was asked for, or `error` with a reason. */
import type { BDict } from '../bencode.ts'
import type { ByteString } from '../bytes.ts'

/** Packets and bytes of one kind that arrived, and those that could not be used. */
export interface NgCount extends BDict {
  /** Packets received. */
  readonly packets: number
  /** Payload bytes. */
  readonly bytes: number
  /** Packets that could not be sent on. */
  readonly errors: number
}

/** One port of the relay, and what arrived at it from its far end. */
export interface NgStream extends BDict {
  /** The relay's port for it. */
  readonly 'local port': number
  /** Where the party sends from, as last heard or as its SDP says. */
  readonly endpoint?: BDict
  /** Unix time in seconds. An rtpengine sets it when the stream is made, whether or not a packet came. */
  readonly 'last packet': number
  /** The same in ms; our relay only. */
  readonly 'last packet ms'?: number
  /** What was received on it. */
  readonly stats: NgCount
  /** `RTP`, `RTCP` or both, among others. */
  readonly flags?: readonly string[]
  /** Packets that never came, by their sequence numbers. Our relay only. */
  readonly lost?: number
  /** In ms (RFC 3550 §6.4.1). Our relay only. */
  readonly jitter?: number
  /** Mean opinion score in tenths, 10 to 45. Our relay only. */
  readonly MOS?: number
  /** In µs, to the party and back (RFC 3550 §6.4.1). Our relay only. */
  readonly 'round-trip time'?: number
  /** Telephone events that came (RFC 4733). Our relay only. */
  readonly events?: number
}

/** One m-line of a party. */
export interface NgMedia extends BDict {
  /** From 1. */
  readonly index: number
  /** As in its m= line: `audio`, `video`, `image`. */
  readonly type: string
  /** RTP first, then RTCP where that has a port of its own. */
  readonly streams: readonly NgStream[]
}

/** One party of a session. */
export interface NgTag extends BDict {
  /** Tag of the party. */
  readonly tag: string
  /** In the order of the m= lines. */
  readonly medias: readonly NgMedia[]
}

/** A reply. `result` is `ok`, `pong` or `error`; others, as an rtpengine's `load limit`, are refusals too. */
export interface NgReply extends BDict {
  /** `ok`, `error`, or `pong` to a ping. */
  readonly result: string
  /** Why, when `result` is `error`. */
  readonly 'error-reason'?: string
  /** The rewritten SDP, to `offer`, `answer` and `echo`. What arrives is text with one character per byte. */
  readonly sdp?: ByteString
  /** To `delete` and `query`. */
  readonly tags?: Readonly<Record<string, NgTag>>
  /** Sums over the session, in replies to `delete` and `query`. */
  readonly totals?: { readonly RTP: NgCount; readonly RTCP: NgCount }
  /** To `list`. */
  readonly calls?: readonly string[]
}

/** A refusal with the reason the controller will read. */
export function errorReply(reason: string): NgReply {
  return { result: 'error', 'error-reason': reason }
}

/** Why a reply is a refusal; `undefined` where it is none. */
export function refusalOf(reply: BDict): string | undefined {
  const { result, message } = reply
  if (result === 'ok' || result === 'pong') return undefined
  const reason = reply['error-reason'] ?? message ?? result
  return typeof reason === 'string' ? reason : 'The reply has no result'
}

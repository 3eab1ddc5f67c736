/**
 * The session description in a message, wherever in its body, and how the relay's takes its place: all else stays as it came.
 * RFC 3261 §7.4, RFC 5621 §4, §8.
 */
import {
  type BodyHolder,
  ContentType,
  CSeq,
  type MessageEdit,
  partOf,
  partsOf,
  type SipRequest,
  type SipResponse,
  typeOf,
} from '@strowger/sip-parser'
import { isWritable } from '../core/is-writable.ts'

/**
 * `unreadable`: there is, or may be, a description that the relay could not be shown: packed, one of several, in a multipart that is
 * broken. Such a body must not pass, or media would find its way around the relay.
 */
export type SessionBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'sdp'; readonly sdp: Uint8Array }
  | { readonly kind: 'unreadable'; readonly status: 400 | 415 }

export function sessionBody(message: SipRequest | SipResponse): SessionBody {
  const { headers, body } = message
  if (body.length === 0 || !DESCRIBING.has(methodOf(message))) return NONE
  // Old phones leave the type out, and who is called takes the body for what it is.
  if (!headers.has(ContentType)) return { kind: 'sdp', sdp: body }
  const part = partOf(message, SDP)
  if (part === message) return { kind: 'sdp', sdp: body }
  if (!isWritable(headers.raw('Content-Type')[0] ?? '') || isBroken(message)) return { kind: 'unreadable', status: 400 }
  const descriptions = countOf(message)
  if (descriptions === 0) return NONE
  return part === undefined || descriptions > 1 ? { kind: 'unreadable', status: 415 } : { kind: 'sdp', sdp: part.body }
}

export function hasSession(message: SipRequest | SipResponse): boolean {
  return sessionBody(message).kind === 'sdp'
}

/** `sdp` in the place of the one in `message`, of which `edit` is; an empty one leaves no body at all. */
export function putSession(edit: MessageEdit, message: SipRequest | SipResponse, sdp: Uint8Array): MessageEdit {
  const part = partOf(message, SDP)
  if (sdp.length === 0) return edit.body(undefined)
  if (part === undefined || part === message) return edit.body(SDP, sdp)
  const start = part.body.byteOffset - message.body.byteOffset
  const [before, after] = [message.body.subarray(0, start), message.body.subarray(start + part.body.length)]
  const body = new Uint8Array(before.length + sdp.length + after.length)
  body.set(before)
  body.set(sdp, before.length)
  body.set(after, before.length + sdp.length)
  return edit.body(message.headers.raw('Content-Type')[0] ?? SDP, body)
}

function methodOf(message: SipRequest | SipResponse): string {
  return message.kind === 'request' ? message.method : (message.headers.get(CSeq)?.method ?? '')
}

function isBroken(holder: BodyHolder): boolean {
  const read = partsOf(holder)
  return read.kind === 'malformed' || (read.subtype !== '' && read.parts.some(isBroken))
}

/** Descriptions of any disposition and packing. */
function countOf(holder: BodyHolder): number {
  const read = partsOf(holder)
  if (read.kind === 'malformed') return 0
  if (read.subtype === '') return typeOf(holder) === SDP ? 1 : 0
  return read.parts.reduce((count, part) => count + countOf(part), 0)
}

/** Whose bodies describe the session, in the request and in its responses; elsewhere SDP is a text like others. RFC 3264 §4, RFC 6337 §2. */
const DESCRIBING: ReadonlySet<string> = new Set(['INVITE', 'ACK', 'UPDATE', 'PRACK'])
const SDP = 'application/sdp'
const NONE: SessionBody = { kind: 'none' }

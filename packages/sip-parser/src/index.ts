/**
 * SIP messages, URIs and headers: bytes in, bytes out (RFC 3261 §7, §19, §20, §25).
 * The bytes received are the message: parsing finds the header lines and decodes a value when it is asked for, and an edit is a splice,
 * so what nobody touched leaves as it came. Nothing that comes from the network throws; what is wrong with it is a value with the status to answer.
 *
 * ```ts
 * import { edit, MaxForwards, parse, responseTo, utf8, utf8Bytes, Via } from '@strowger/sip-parser'
 *
 * const lines = ['OPTIONS sip:bob@example.com SIP/2.0', 'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK74bf9', 'Max-Forwards: 70', 'From: <sip:alice@example.com>;tag=9fxced76sl']
 * const message = parse(utf8Bytes([...lines, 'To: <sip:bob@example.com>', 'Call-ID: 3848276298', 'CSeq: 1 OPTIONS', '', ''].join('\r\n')))
 * const here: Via = { transport: 'UDP', host: '198.51.100.7', port: 5060, branch: 'z9hG4bK1d2c' }
 *
 * if (message.kind === 'request') {
 *   const hops = message.headers.get(MaxForwards) ?? 70
 *   const next = hops === 0 ? responseTo(message, 483, { toTag: 'a6c85cf' }) : edit(message).prepend(Via, here).replace(MaxForwards, hops - 1)
 *   console.log(utf8(next.toBytes()))
 * } else if (message.kind === 'malformed') console.log(`${message.code} at byte ${message.offset}`)
 * ```
 *
 * @packageDocumentation
 */

export { edit, type MessageEdit, type TopLine } from './edit.ts'
export { PARSE_ERRORS, type ParseErrorCode, type ParseErrorRow } from './errors.ts'
export type { Cursor, HeaderDef } from './header-def.ts'
export * from './headers/index.ts'
export type { HeaderView, Read } from './headers.ts'
export type { Limits } from './limits.ts'
export type { Malformed, MessageView, Parsed, SipRequest, SipResponse } from './message.ts'
export {
  type BodyHolder,
  type Disposition,
  dispositionOf,
  type Part,
  type Parts,
  type PartsErrorCode,
  partsOf,
  typeOf,
} from './multipart.ts'
export { bodyOf, partOf, unsupportedBody } from './multipart-body.ts'
export { type MultipartBody, multipart, type NewPart } from './multipart-write.ts'
export { newRequest } from './new-request.ts'
export { parse } from './parse.ts'
export { type ResponseOptions, responseTo } from './response-to.ts'
export { statusPhrase } from './status-phrases.ts'
export { type KeepAlive, StreamParser } from './stream-parser.ts'
export { latin1, setTextDecoder, type TextDecoding, utf8, utf8Bytes } from './text.ts'
export { formatUri, parseUri, sameUri, type Uri } from './uri.ts'
export { requestFor } from './uri-request.ts'
export { type Tel, telAsSip, telOf, telUri } from './uri-tel.ts'
export { serviceOf, type Urn, urnOf } from './uri-urn.ts'
export type { ViaBytes } from './usual-via.ts'

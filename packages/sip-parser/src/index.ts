/**
 * SIP messages, URIs and headers: bytes in, bytes out (RFC 3261 §7, §19, §20, §25).
 * The bytes received are the message: parsing finds the header lines and decodes a value when it is asked for, and an edit is a splice,
 * so what nobody touched leaves as it came. Nothing that comes from the network throws; what is wrong with it is a value with the status to answer.
 *
 * ```ts
 * import { CallId, edit, MaxForwards, parse, responseTo, Via } from '@strowger/sip-parser'
 *
 * export function forward(datagram: Uint8Array, here: Via, tag: string): Uint8Array | undefined {
 *   const message = parse(datagram)
 *   if (message.kind !== 'request') return undefined
 *   const hops = message.headers.get(MaxForwards) ?? 70
 *   if (hops === 0) return responseTo(message, 483, { toTag: tag }).toBytes()
 *   return edit(message).prepend(Via, here).replace(MaxForwards, hops - 1).toBytes()
 * }
 * ```
 *
 * @packageDocumentation
 */
export { edit, type MessageEdit } from './edit.ts'
export { PARSE_ERRORS, type ParseErrorCode, type ParseErrorRow } from './errors.ts'
export type { Cursor, HeaderDef } from './header-def.ts'
export * from './headers/index.ts'
export type { HeaderView, Read } from './headers.ts'
export type { Limits } from './limits.ts'
export type { Malformed, MessageView, Parsed, SipRequest, SipResponse } from './message.ts'
export { newRequest } from './new-request.ts'
export { parse } from './parse.ts'
export { type ResponseOptions, responseTo } from './response-to.ts'
export { statusPhrase } from './status-phrases.ts'
export { type KeepAlive, StreamParser } from './stream-parser.ts'
export { latin1, setTextDecoder, type TextDecoding, utf8, utf8Bytes } from './text.ts'
export { formatUri, parseUri, sameUri, type Uri } from './uri.ts'

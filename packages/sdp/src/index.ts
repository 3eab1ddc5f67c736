/**
 * SDP: a typed view, whole documents, offer and answer, and an editor that changes the lines you name and keeps every other byte.
 * Nothing here throws on what came from the network; an offer that cannot be taken is a 488 with its Warning.
 * Text has one character per byte, so a `Uint8Array` and its latin1 text are the same document. RFC 8866, RFC 3264.
 *
 * ```ts
 * import { agreedMedia, answer, type Capabilities, latin1, offerFrom } from '@strowger/sdp'
 *
 * const events = { name: 'telephone-event', clockRate: 8000, fmtp: '0-15' }
 * const alice: Capabilities = {
 *   address: '192.0.2.1', sessionId: '2890844526',
 *   media: [{ kind: 'audio', port: 49170, codecs: [{ name: 'opus', clockRate: 48000, channels: 2 }, { name: 'PCMA', clockRate: 8000 }, events] }],
 * }
 * const bob: Capabilities = {
 *   address: '198.51.100.7', sessionId: '2890844730',
 *   media: [{ kind: 'audio', port: 3456, codecs: [{ name: 'PCMA', clockRate: 8000 }, events] }],
 * }
 *
 * const offer = offerFrom(alice)
 * const reply = answer(offer, bob)
 * if (reply.kind === 'refuse') console.log(reply.status, reply.warning, reply.text)
 * else console.log(latin1(reply.sdp), agreedMedia(offer, reply.sdp, 'offerer')?.[0])
 * ```
 *
 * @packageDocumentation
 */
export { type AgreedCodec, type AgreedMedia, agreedMedia } from './agreed.ts'
export { type Answer, answer, type RefusedStream } from './answer.ts'
export { latin1, latin1Bytes, type SdpText } from './bytes.ts'
export type { Capabilities, CryptoKeys, MediaCapability, OwnCodec } from './capabilities.ts'
export { checkAnswer, type Violation } from './check-answer.ts'
export { checkNext } from './check-next.ts'
export { answeredDirection, bothDirections, type Direction, direction, isHold, isUnspecified } from './direction.ts'
export { type EchoTarget, echoAnswer } from './echo-answer.ts'
export { SDP_ERRORS, type SdpErrorCode, type SdpErrorRow, type SdpMalformed } from './errors.ts'
export type { Connection, MediaLine, Origin, Rtcp } from './fields.ts'
export { fmtpParameters } from './fmtp.ts'
export { type Codec, formatsOf, type RtpFormat, sameCodec } from './formats.ts'
export { type CryptoLine, cryptoLines } from './keying.ts'
export type { SdpLimits, SdpLine } from './lines.ts'
export { type AddressKind, addressKind } from './media-address.ts'
export { offerFrom } from './offer.ts'
export { attribute, parseSdp, readSdp, type Sdp, type SdpAttribute, type SdpField, type SdpMedia, type SdpRead } from './parse.ts'
export type { SdpRefusal, StreamRefusal, WarningCode } from './refusal.ts'
export { SdpEditor, type SdpPart } from './sdp-editor.ts'
export { continueSession, replaceOrigin, sessionVersion, withVersion } from './version.ts'
export { type SdpDocument, type SdpDocumentMedia, writeSdp } from './write.ts'

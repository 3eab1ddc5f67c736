/**
 * SDP for those who pass it on: a small typed view, and an editor that changes the lines you name and keeps every other byte.
 * Nothing here throws on what came from the network; what is no SDP, or too large, is `undefined`.
 * Text has one character per byte, so a `Uint8Array` and its latin1 text are the same document. RFC 8866, RFC 3264.
 *
 * ```ts
 * import { isHold, parseSdp, SdpEditor } from '@strowger/sdp'
 *
 * const offer = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 5004 RTP/AVP 8\r\n'
 * const sdp = parseSdp(offer)
 * if (sdp) console.log(sdp.media[0]?.connection?.address, isHold(sdp))
 * const anchored = SdpEditor.open(offer)?.setOriginAddress('198.51.100.7').setConnections('198.51.100.7').setPort(0, 10000)
 * console.log(anchored?.toString())
 * ```
 *
 * @packageDocumentation
 */
export { latin1, latin1Bytes, type SdpText } from './bytes.ts'
export { answeredDirection, type Direction, direction, isHold, isUnspecified } from './direction.ts'
export { type EchoTarget, echoAnswer } from './echo-answer.ts'
export type { Connection, MediaLine, Origin, Rtcp } from './fields.ts'
export type { SdpLimits, SdpLine } from './lines.ts'
export { attribute, parseSdp, type Sdp, type SdpAttribute, type SdpMedia } from './parse.ts'
export { SdpEditor, type SdpPart } from './sdp-editor.ts'
export { continueSession, replaceOrigin, sessionVersion, withVersion } from './version.ts'

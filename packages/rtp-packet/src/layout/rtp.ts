/** The structures of RTP: fixed header, header extensions, telephone events. RFC 3550 §5.1, §5.3.1, RFC 8285 §4, RFC 4733 §2.3. */
import { type Layout, layout } from './fields.ts'

/** The first twelve bytes of a packet. RFC 3550 §5.1 */
export interface RtpHeaderFields {
  readonly version: number
  readonly padding: number
  readonly extension: number
  readonly csrcCount: number
  readonly marker: number
  readonly payloadType: number
  readonly sequence: number
  readonly timestamp: number
  readonly ssrc: number
}

export const RTP_HEADER: Layout<RtpHeaderFields> = layout('RtpHeader', 'RFC 3550 §5.1', [
  ['version', 2],
  ['padding', 1],
  ['extension', 1],
  ['csrcCount', 4],
  ['marker', 1],
  ['payloadType', 7],
  ['sequence', 16],
  ['timestamp', 32],
  ['ssrc', 32],
])

/** What stands before the data of a header extension; `words` of 32 bits follow. RFC 3550 §5.3.1 */
export interface RtpExtensionFields {
  readonly profile: number
  readonly words: number
}

export const RTP_EXTENSION: Layout<RtpExtensionFields> = layout('RtpExtension', 'RFC 3550 §5.3.1', [
  ['profile', 16],
  ['words', 16],
])

/** Before an element of the profile 0xBEDE; `lengthMinusOne` + 1 bytes follow. RFC 8285 §4.2 */
export interface OneByteElementFields {
  readonly id: number
  readonly lengthMinusOne: number
}

export const ONE_BYTE_ELEMENT: Layout<OneByteElementFields> = layout('OneByteElement', 'RFC 8285 §4.2', [
  ['id', 4],
  ['lengthMinusOne', 4],
])

/** Before an element of the profiles 0x1000 to 0x100F; `length` bytes follow. RFC 8285 §4.3 */
export interface TwoByteElementFields {
  readonly id: number
  readonly length: number
}

export const TWO_BYTE_ELEMENT: Layout<TwoByteElementFields> = layout('TwoByteElement', 'RFC 8285 §4.3', [
  ['id', 8],
  ['length', 8],
])

/** The payload of a telephone event. RFC 4733 §2.3 */
export interface TelephoneEventFields {
  /** 0 to 9, 10 is `*`, 11 `#`, 12 to 15 A to D, 16 flash. */
  readonly event: number
  /** 1 when the event is over. */
  readonly end: number
  /** dBm0 without its sign: 0 to 63. */
  readonly volume: number
  /** In timestamp units since the packet's timestamp. */
  readonly duration: number
}

export const TELEPHONE_EVENT: Layout<TelephoneEventFields> = layout('TelephoneEvent', 'RFC 4733 §2.3', [
  ['event', 8],
  ['end', 1],
  ['', 1],
  ['volume', 6],
  ['duration', 16],
])

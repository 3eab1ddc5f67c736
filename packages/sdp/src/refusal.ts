/** Why an offer, or one stream of it, is not taken: what goes into a 488 and its Warning. RFC 3261 §20.43, §21.4.26. */

/** The warn-code. RFC 3261 §20.43. */
export type WarningCode = 300 | 301 | 302 | 304 | 305 | 307 | 330 | 399

/** The answer to the request that brought the offer. */
export interface SdpRefusal {
  readonly kind: 'refuse'
  /** Not Acceptable Here. RFC 3261 §21.4.26. */
  readonly status: 488
  /** The number at the head of the Warning value. RFC 3261 §20.43. */
  readonly warning: WarningCode
  /** The warn-text: one plain sentence without quotes. */
  readonly text: string
  /** What the offer offends, `RFC 8866 §5.7`. */
  readonly clause: string
}

/** The reason for which one stream is answered with port 0. RFC 3264 §6. */
export type StreamRefusal = Omit<SdpRefusal, 'kind' | 'status'>

/** The reasons by name. */
export type RefusalReason =
  | 'unknownLine'
  | 'tooManyMedia'
  | 'networkType'
  | 'addressType'
  | 'noAddress'
  | 'badAddress'
  | 'multicast'
  | 'ownAddress'
  | 'badPort'
  | 'kind'
  | 'protocol'
  | 'formats'
  | 'crypto'
  | 'fingerprint'
  | 'muxOnly'

/** A whole offer is refused for this. */
export function refusal({ warning, text, clause }: StreamRefusal): SdpRefusal {
  return { kind: 'refuse', status: 488, warning, text, clause }
}

/** Each reason once. */
export const REFUSALS: Readonly<Record<RefusalReason, StreamRefusal>> = {
  unknownLine: { warning: 307, text: 'A line of the description has an unknown type', clause: 'RFC 8866 §5' },
  tooManyMedia: { warning: 399, text: 'The offer has more streams than are answered', clause: 'RFC 3264 §6' },
  networkType: { warning: 300, text: 'The network is not the Internet', clause: 'RFC 8866 §5.7' },
  addressType: { warning: 301, text: 'No address of this type is reached from here', clause: 'RFC 8866 §5.7' },
  noAddress: { warning: 307, text: 'The stream has no c= line', clause: 'RFC 8866 §5.7' },
  badAddress: { warning: 301, text: 'The address is not one to which media can be sent', clause: 'RFC 8866 §5.7' },
  multicast: { warning: 330, text: 'Multicast is not available', clause: 'RFC 3264 §6.2' },
  ownAddress: { warning: 399, text: 'The address is one of our own', clause: 'RFC 8866 §5.7' },
  badPort: { warning: 399, text: 'Media is not sent to ports below 1024', clause: 'RFC 8866 §5.14' },
  kind: { warning: 304, text: 'A stream of this kind is not available', clause: 'RFC 3264 §6' },
  protocol: { warning: 302, text: 'The transport protocol is not available', clause: 'RFC 3264 §6' },
  formats: { warning: 305, text: 'No format of the stream is available', clause: 'RFC 3264 §6' },
  crypto: { warning: 302, text: 'No crypto suite of the stream is available', clause: 'RFC 4568 §5.1.2' },
  fingerprint: { warning: 302, text: 'The stream has no usable certificate fingerprint', clause: 'RFC 5763 §5' },
  muxOnly: { warning: 399, text: 'RTCP on the port of RTP is not available', clause: 'RFC 8858 §4.3' },
}

/** Builds the m-line of one stream of ours and the attributes below it. RFC 3264 §5.1, §6.1, RFC 8866 §6. */
import { isRtp, type MediaCapability } from './capabilities.ts'
import type { Direction } from './direction.ts'
import { codecText, type RtpFormat } from './formats.ts'
import type { SdpAttribute, SdpMedia } from './parse.ts'
import type { SdpDocumentMedia } from './write.ts'

/** What an offer or an answer decided about one stream. */
export interface StreamChoice {
  readonly protocol: string
  /** The codecs of an RTP stream with the numbers to write; empty for others. */
  readonly codecs: readonly RtpFormat[]
  /** The formats of a stream that is not RTP. */
  readonly formats: readonly string[]
  readonly direction: Direction
  readonly rtcpMux: boolean
  /** In an offer, RTCP also gets a port of its own, for a side that cannot share one (RFC 5761 §5.1.1). */
  readonly offers?: boolean
  readonly ptime?: number | undefined
  /** a=crypto, a=fingerprint, a=setup, a=mid and those of the capability. */
  readonly attributes: readonly SdpAttribute[]
}

/** A live stream. */
export function liveStream(capability: MediaCapability, choice: StreamChoice): SdpDocumentMedia {
  const { kind, port } = capability
  const { protocol, codecs, formats, direction } = choice
  if (!isRtp(protocol)) {
    const attributes = direction === 'sendrecv' ? choice.attributes : [...choice.attributes, { name: direction }]
    return { kind, port, protocol, formats, attributes }
  }
  return { kind, port, protocol, formats: codecs.map(({ payloadType }) => `${payloadType}`), attributes: rtpAttributes(capability, choice) }
}

/** A stream that is refused or ended: port 0, and one format at least. RFC 3264 §6, §8.2. */
export function deadStream({ kind, protocol, formats }: Pick<SdpMedia, 'kind' | 'protocol' | 'formats'>): SdpDocumentMedia {
  return { kind, port: 0, protocol, formats: formats.length > 0 ? formats : ['0'] }
}

function rtpAttributes({ port, rtcpPort = port + 1, maxptime }: MediaCapability, choice: StreamChoice): SdpAttribute[] {
  const { codecs, ptime, rtcpMux, offers, direction, attributes } = choice
  const apart = (!rtcpMux || offers) && rtcpPort !== port + 1 && rtcpPort !== port
  return [
    ...codecs.map(codec => ({ name: 'rtpmap', value: `${codec.payloadType} ${codecText(codec)}` })),
    ...codecs.flatMap(({ payloadType, fmtp }) => (fmtp === undefined ? [] : [{ name: 'fmtp', value: `${payloadType} ${fmtp}` }])),
    ...(ptime === undefined ? [] : [{ name: 'ptime', value: `${ptime}` }]),
    ...(maxptime === undefined ? [] : [{ name: 'maxptime', value: `${maxptime}` }]),
    ...(rtcpMux ? [{ name: 'rtcp-mux' }] : []),
    ...(apart ? [{ name: 'rtcp', value: `${rtcpPort}` }] : []),
    ...attributes,
    { name: direction },
  ]
}

/** Says what an offer and its answer agreed on, for each stream: where to send, in which codecs, which way. RFC 3264 §6.1, §7. */
import type { SdpText } from './bytes.ts'
import { isRtp } from './capabilities.ts'
import { direction, isUnspecified, receives, sends } from './direction.ts'
import { type Codec, formatsOf, type RtpFormat, sameCodec } from './formats.ts'
import { addressKind } from './media-address.ts'
import { isSendable } from './offered-address.ts'
import { packetTime } from './packet-time.ts'
import { attribute, parseSdp, type Sdp, type SdpMedia } from './parse.ts'

/** A codec with its number each way; they differ where the answer renumbered it (RFC 3264 §5.1). */
export interface AgreedCodec extends Codec {
  /** The payload type that we write: the number in the other side's description. */
  readonly send: number
  /** The payload type that comes to us: the number in our own description. */
  readonly receive: number
}

/** One stream as `side` has to run it. */
export interface AgreedMedia {
  /** `audio`, `video`, `image`, ... */
  readonly kind: string
  /** The transport protocol of the answer's m-line: `RTP/AVP`, `UDP/TLS/RTP/SAVPF`, `udptl`, ... */
  readonly protocol: string
  /** False where either side gave port 0: nothing else counts then. RFC 3264 §6. */
  readonly live: boolean
  /** Whether we may send, and where to: false on hold. RFC 3264 §8.4. */
  readonly send: boolean
  /** Whether media may come: false where we put the other side on hold. RFC 3264 §8.4. */
  readonly receive: boolean
  /** Missing where the other side named no address to which anything may be sent. */
  readonly remote?: { readonly address: string; readonly port: number; readonly rtcpPort: number }
  /** Best first, as in the answer; for RTP only. */
  readonly codecs: readonly AgreedCodec[]
  /** Milliseconds in each packet we send: what the other side wishes and can bear. Default 20. RFC 8866 §6.4. */
  readonly packetMs: number
  /** RTP and RTCP share one port, as both sides said. RFC 5761 §5.1.1. */
  readonly rtcpMux: boolean
}

/** The streams of an offer and its answer, seen from one side; `undefined` where one of the two is no SDP. */
export function agreedMedia(offer: SdpText, answer: SdpText, side: 'offerer' | 'answerer'): AgreedMedia[] | undefined {
  const [offered, answered] = [parseSdp(offer), parseSdp(answer)]
  if (!offered || !answered) return undefined
  const [own, theirs] = side === 'offerer' ? [offered, answered] : [answered, offered]
  return answered.media.flatMap((media, index) =>
    offered.media[index] ? [agreedStream(own, theirs, index, commonCodecs(own, theirs, offered.media[index]!, index, media))] : [],
  )
}

function agreedStream(own: Sdp, theirs: Sdp, index: number, codecs: readonly AgreedCodec[]): AgreedMedia {
  const [ours, other] = [own.media[index]!, theirs.media[index]!]
  const live = ours.port !== 0 && other.port !== 0
  const [out, back] = [direction(own, index), direction(theirs, index)]
  const rtcpMux = [ours, other].every(media => attribute(media, 'rtcp-mux') !== undefined)
  const remote = remoteOf(other, ours.connection?.address ?? own.origin?.address ?? '', rtcpMux)
  return {
    kind: other.kind,
    protocol: other.protocol,
    live,
    send: live && remote !== undefined && sends(out) && receives(back),
    receive: live && receives(out) && sends(back),
    ...(live && remote && { remote }),
    codecs: live ? codecs : [],
    packetMs: Math.min(packetTime(other, 'ptime') ?? 20, packetTime(other, 'maxptime') ?? Number.POSITIVE_INFINITY),
    rtcpMux,
  }
}

function remoteOf({ connection, port, rtcp }: SdpMedia, own: string, mux: boolean): AgreedMedia['remote'] {
  if (!connection || isUnspecified(connection.address) || !isSendable(addressKind(connection.address), own)) return undefined
  const rtcpPort = mux ? port : rtcp && rtcp.port >= 1024 ? rtcp.port : port + 1
  return { address: connection.address, port, rtcpPort }
}

/** In the order of the answer, which decides. RFC 3264 §6.1. */
function commonCodecs(own: Sdp, theirs: Sdp, offered: SdpMedia, index: number, answered: SdpMedia): AgreedCodec[] {
  if (!isRtp(answered.protocol)) return []
  const [ours, other] = [own, theirs].map(sdp => mappedFormats(sdp.media[index]!, offered))
  return mappedFormats(answered, offered).flatMap(one => {
    const [send, receive] = [numbered(other!, one), numbered(ours!, one)]
    if (!send || !receive) return []
    const { name, clockRate, channels, fmtp } = send
    return [{ name, clockRate, channels, ...(fmtp !== undefined && { fmtp }), send: send.payloadType, receive: receive.payloadType }]
  })
}

/** Deviation: an answer without rtpmap lines, which RFC 8866 §6.6 wants for dynamic numbers, means those of the offer: some phones leave them out. */
function mappedFormats({ formats, attributes }: SdpMedia, offered: SdpMedia): RtpFormat[] {
  return formatsOf({ formats, attributes: [...attributes, ...offered.attributes.filter(({ name }) => name === 'rtpmap')] })
}

function numbered(formats: readonly RtpFormat[], wanted: RtpFormat): RtpFormat | undefined {
  const same = formats.filter(one => sameCodec(one, wanted))
  return same.find(({ payloadType }) => payloadType === wanted.payloadType) ?? same[0]
}

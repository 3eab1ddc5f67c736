/** Answers one offered stream with one capability. RFC 3264 §6.1, RFC 5761 §5.1.1, RFC 8866 §6. */
import { type Capabilities, isRtp, type MediaCapability, protocolsOf } from './capabilities.ts'
import { answeredFormats } from './choose-formats.ts'
import { answeredDirection, bothDirections, type Direction, direction } from './direction.ts'
import { formatsOf } from './formats.ts'
import { answeredKeys } from './keying.ts'
import { refuseAddress } from './offered-address.ts'
import { packetTime } from './packet-time.ts'
import { attribute, type Sdp, type SdpAttribute, type SdpMedia } from './parse.ts'
import { REFUSALS, type StreamRefusal } from './refusal.ts'
import { liveStream } from './stream-lines.ts'
import { answerT38 } from './t38.ts'
import type { SdpDocumentMedia } from './write.ts'

/** What to write, why it is refused, or `undefined` where nothing was offered. */
export type StreamAnswer = SdpDocumentMedia | StreamRefusal | undefined

/** The stream that answers m-line `index`, which is live and of the capability's kind, or the reason why there is none. */
export function answerStream(
  sdp: Sdp,
  index: number,
  capability: MediaCapability,
  capabilities: Capabilities,
): SdpDocumentMedia | StreamRefusal {
  const media = sdp.media[index]!
  const refused = refuseAddress(media, capabilities)
  if (refused) return refused
  if (!protocolsOf(capability).some(one => one.toUpperCase() === media.protocol.toUpperCase())) return REFUSALS.protocol
  return isRtp(media.protocol) ? answerRtp(sdp, index, capability) : answerOther(sdp, index, capability)
}

function answerRtp(sdp: Sdp, index: number, capability: MediaCapability): SdpDocumentMedia | StreamRefusal {
  const media = sdp.media[index]!
  const codecs = answeredFormats(formatsOf(media), capability)
  if (codecs.length === 0) return REFUSALS.formats
  const keys = answeredKeys(sdp, media, capability)
  if ('warning' in keys) return keys
  const rtcpMux = capability.rtcpMux === true && attribute(media, 'rtcp-mux') !== undefined
  if (!rtcpMux && attribute(media, 'rtcp-mux-only') !== undefined) return REFUSALS.muxOnly
  return liveStream(capability, {
    protocol: media.protocol,
    codecs,
    formats: [],
    direction: agreedDirection(sdp, index, capability),
    rtcpMux,
    ptime: capability.ptime ?? echoedPacketTime(media, capability),
    attributes: [...keys, ...midOf(media), ...(capability.attributes ?? [])],
  })
}

function answerOther(sdp: Sdp, index: number, capability: MediaCapability): SdpDocumentMedia | StreamRefusal {
  const media = sdp.media[index]!
  const formats = media.formats.filter(one => capability.formats?.some(own => own.toLowerCase() === one.toLowerCase()))
  if (formats.length === 0) return REFUSALS.formats
  const attributes = [...midOf(media), ...answerT38(media.attributes, capability.attributes ?? [])]
  return liveStream(capability, {
    protocol: media.protocol,
    codecs: [],
    formats,
    direction: agreedDirection(sdp, index, capability),
    rtcpMux: false,
    attributes,
  })
}

function agreedDirection(sdp: Sdp, index: number, { direction: own = 'sendrecv' }: MediaCapability): Direction {
  return bothDirections(answeredDirection(direction(sdp, index)), own)
}

/** A side without a wish of its own wants what it is asked to send, within what it can bear. RFC 3264 §6.1. */
function echoedPacketTime(media: SdpMedia, { maxptime = Number.POSITIVE_INFINITY }: MediaCapability): number | undefined {
  const offered = packetTime(media, 'ptime')
  return offered === undefined ? undefined : Math.min(offered, maxptime)
}

/** Whoever understands a=mid repeats it, also where he refuses the group. RFC 5888 §9.1. */
function midOf(media: SdpMedia): SdpAttribute[] {
  const value = attribute(media, 'mid')
  return value ? [{ name: 'mid', value }] : []
}

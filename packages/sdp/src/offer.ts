/** Makes an offer, the first one of a session or a later one. RFC 3264 §5, §8. */
import { ownConnection, ownOrigin } from './answer.ts'
import type { SdpText } from './bytes.ts'
import { type Capabilities, isRtp, type MediaCapability, protocolsOf } from './capabilities.ts'
import { offeredFormats } from './choose-formats.ts'
import { formatsOf } from './formats.ts'
import { offeredKeys } from './keying.ts'
import { attribute, parseSdp, type SdpMedia } from './parse.ts'
import { deadStream, liveStream } from './stream-lines.ts'
import { continueSession } from './version.ts'
import { type SdpDocumentMedia, writeSdp } from './write.ts'

/**
 * An offer of all that `capabilities` has; `previous` is the description that this side sent last in the session, offer or answer.
 * Its m-lines then stay in number and order: each takes the first capability of its kind, or is ended with port 0, and what is left
 * is added below (RFC 3264 §8.1, §8.2). Payload types keep their meaning (§8.3.2), the origin stays, and its version grows by one
 * exactly when something changed; the same capabilities again give the same bytes, as a session refresh wants (RFC 4028 §7.4).
 */
export function offerFrom(capabilities: Capabilities, previous?: SdpText): Uint8Array {
  const before = (previous !== undefined && parseSdp(previous)?.media) || []
  const left = [...capabilities.media]
  const media = before.map((line, index) => {
    const capability = takeFor(left, line, index)
    return capability ? offerStream(capability, line) : endedStream(line)
  })
  media.push(...left.map(capability => offerStream(capability, undefined)))
  const bytes = writeSdp({ origin: ownOrigin(capabilities), connection: ownConnection(capabilities), media })
  return (previous !== undefined && continueSession(previous, bytes)) || bytes
}

/** Takes out the capability for a line that was there before. */
function takeFor(left: MediaCapability[], { kind, port, protocol }: SdpMedia, index: number): MediaCapability | undefined {
  const tied = left.findIndex(({ line }) => line === index)
  const fits = (one: MediaCapability): boolean =>
    one.line === undefined && one.kind === kind && (port === 0 || protocolsOf(one).includes(protocol))
  const at = tied < 0 ? left.findIndex(fits) : tied
  return at < 0 ? undefined : left.splice(at, 1)[0]
}

/** Its rtpmap lines stay, so that a number has the same meaning when the stream comes back. RFC 3264 §8.3.2. */
function endedStream(line: SdpMedia): SdpDocumentMedia {
  return { ...deadStream(line), attributes: line.attributes.filter(({ name }) => name === 'rtpmap') }
}

function offerStream(capability: MediaCapability, before: SdpMedia | undefined): SdpDocumentMedia {
  const protocols = protocolsOf(capability)
  const protocol = before && protocols.includes(before.protocol) ? before.protocol : protocols[0]!
  const codecs = isRtp(protocol) ? offeredFormats(capability.codecs ?? [], before ? formatsOf(before) : []) : []
  const formats = capability.formats ?? []
  if ((isRtp(protocol) ? codecs : formats).length === 0)
    throw new TypeError(`There is nothing to offer for ${capability.kind} over ${protocol}`)
  const mid = before && attribute(before, 'mid')
  return liveStream(capability, {
    protocol,
    codecs,
    formats,
    direction: capability.direction ?? 'sendrecv',
    rtcpMux: capability.rtcpMux === true,
    offers: true,
    ptime: capability.ptime,
    attributes: [...offeredKeys(capability, protocol), ...(mid ? [{ name: 'mid', value: mid }] : []), ...(capability.attributes ?? [])],
  })
}

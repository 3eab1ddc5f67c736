/** Applies a side's SDP to its media at the relay: where it listens, what it holds, what it shares. RFC 3264 §5, §8. */
import type { Sdp, SdpMedia } from '@strowger/sdp'
import { isPublic } from '../address-rules.ts'
import type { RemoteMedia } from '../media.ts'
import { directionOf } from './direction.ts'
import { ownText } from './own-text.ts'
import { portsFor } from './ports.ts'
import type { Rules } from './rules.ts'
import { type Leg, type Line, lineOf, type Session } from './session.ts'
import { clockRateOf, eventTypeOf, isDead, isPlainRtp, offersMux, transportOf } from './transport.ts'

/** Both sides get as many media as there are m-lines. */
export function matchLines(legs: readonly Leg[], sdp: Sdp): void {
  for (const { party } of legs) while (party.media.length < sdp.media.length) party.addMedia()
}

export function takeOffer(session: Session, from: Leg, to: Leg, sdp: Sdp, rules: Rules): void {
  for (const [index, media] of sdp.media.entries()) {
    const line = lineOf(from, index)
    line.muxOffered = offersMux(media)
    line.muxAnswer = rules.mux.has('reject') ? 'reject' : rules.mux.has('accept') || rules.mux.has('demux') ? 'accept' : undefined
    if (!line.muxOffered) line.mux = false
    if (line.protocol?.toUpperCase() !== media.protocol.toUpperCase()) delete lineOf(to, index).protocol
  }
  connectAll(session, from, to, sdp, rules)
}

export function takeAnswer(session: Session, offerer: Leg, answerer: Leg, sdp: Sdp, rules: Rules): void {
  for (const [index, media] of sdp.media.entries()) {
    const asked = lineOf(offerer, index)
    const line = lineOf(answerer, index)
    line.mux = offersMux(media)
    const mux = asked.muxOffered && (asked.muxAnswer === undefined ? line.mux : asked.muxAnswer === 'accept')
    const { remote } = offerer.party.media[index]!
    if (mux !== asked.mux && remote) {
      const { rtcpPort, rtcpAddress, ...rest } = remote
      offerer.party.media[index]!.connect(mux ? { ...rest, rtcpPort: remote.port } : rest)
    }
    asked.mux = mux
  }
  connectAll(session, answerer, offerer, sdp, rules)
}

function connectAll(session: Session, leg: Leg, other: Leg, sdp: Sdp, rules: Rules): void {
  for (const [index, media] of sdp.media.entries()) {
    const own = leg.party.media[index]!
    const line = lineOf(leg, index)
    const transport = transportOf(media)
    line.kind = media.kind
    line.protocol = ownProtocol(media)
    line.formats = isPlainRtp(media.protocol) ? undefined : media.formats
    agreeOnProtocol(lineOf(other, index), media, rules)
    line.flowing = directionOf(sdp, media, rules) === 'sendrecv' && !isDead(media)
    const relayed = transport === 'rtp' || transport === 'raw'
    const remote = remoteOf(media, line.mux, transport === 'raw', rules)
    const towards = relayed
      ? portsFor(session, other, index, remote, { latch: rules.flags.has('port-latching'), pairs: media.portCount })
      : other.party.media[index]!
    const held = !line.flowing || !lineOf(other, index).flowing
    own.hold(held)
    towards.hold(held)
    if (relayed) own.connect(remote)
    else own.disconnect()
  }
}

/** What the sender is to be told from now on; of what an rtpengine does not know nothing is remembered. */
function ownProtocol({ protocol }: SdpMedia): string | undefined {
  return isPlainRtp(protocol) || /^udptl$/i.test(protocol) ? protocol : undefined
}

/** Who reads keeps the protocol it has, so that an answer has that of its offer (RFC 3264 §6). */
function agreeOnProtocol(reader: Line, media: SdpMedia, { transport }: Rules): void {
  if (transport !== undefined && isPlainRtp(media.protocol)) reader.protocol = transport
  else reader.protocol ??= ownProtocol(media)
}

/** Where an m-line says its sender listens. */
export function remoteOf(media: SdpMedia, mux: boolean, raw: boolean, rules: Rules): RemoteMedia {
  const address = ownText(rules.remoteAddress ?? media.connection?.address ?? '')
  const { rtcp, port } = media
  const remote: Writable<RemoteMedia> = { address, port, learn: learnOf(address, rules), clockRate: clockRateOf(media), raw }
  const eventType = eventTypeOf(media)
  if (eventType !== undefined) remote.eventType = eventType
  if (mux) remote.rtcpPort = port
  else if (rtcp) {
    remote.rtcpPort = rtcp.port
    if (rtcp.address !== undefined && rules.remoteAddress === undefined) remote.rtcpAddress = ownText(rtcp.address)
  }
  if (rules.signalling !== undefined) remote.signalling = ownText(rules.signalling)
  // As an rtpengine: of the sender of the SDP only. Who asks for both wants to be strict.
  if (rules.flags.has('strict-source')) remote.sources = 'strict'
  else if (rules.flags.has('media-handover')) remote.sources = 'handover'
  if (rules.flags.has('asymmetric')) remote.asymmetric = true
  return remote
}

/** Put together in steps: several times faster than spreading what may be missing. */
type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/**
 * Whoever spoke from a public address must send from it, or from the one it announced. In a private network a phone may have several addresses and
 * announce another than it sends from (seen with baresip): there a stranger is heard too, when nobody known has spoken for half a second.
 */
function learnOf(address: string, { flags, signalling }: Rules): 'host' | 'any' {
  if (flags.has('asymmetric') || flags.has('media-handover')) return 'any'
  return isPublic(signalling ?? address) ? 'host' : 'any'
}

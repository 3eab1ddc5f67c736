/** Answers an offer so that the caller may hear itself: the first audio stream with everything offered for it. RFC 3264 §6. */
import { latin1Bytes, type SdpText } from './bytes.ts'
import { answeredDirection, direction } from './direction.ts'
import { addressTypeOf, checkedAddress, checkedPort } from './fields.ts'
import { type SdpLine, splitSdp } from './lines.ts'
import { attribute, parseSdp, type Sdp, type SdpMedia } from './parse.ts'

/** Where the answering side receives. */
export interface EchoTarget {
  /** An IP address, without brackets. */
  readonly address: string
  /** For RTP, 1 to 65535. */
  readonly port: number
  /** Equal to `port` where RTP and RTCP share it: that is answered only when the offer has a=rtcp-mux (RFC 5761 §5.1.1). */
  readonly rtcpPort: number
}

/**
 * An answer to `offer`: accepts the first live audio m-line that is plain RTP, with its formats, maps and packet times as offered and
 * the matching direction, and refuses all others with port 0 (RFC 3264 §6). The o= line carries the offer's own id and version
 * at our address, so the version grows when the offer changes (RFC 3264 §8). `undefined` where the offer is no SDP or has no such
 * stream: answer 488. An SDP is bytes; text has one character per byte.
 */
export function echoAnswer(offer: SdpText, target: EchoTarget): Uint8Array | undefined {
  const sections = splitSdp(offer)
  const sdp = sections && parseSdp(offer)
  const chosen = sdp?.media.findIndex(isPlainAudio) ?? -1
  if (!sections || !sdp || chosen < 0) return undefined
  const where = `IN ${addressTypeOf(target.address)} ${checkedAddress(target.address)}`
  const times = sections[0].filter(({ type }) => type === 't').map(({ value }) => `t=${value.trimEnd()}`)
  const lines = ['v=0', `o=- ${sdp.origin?.sessionId ?? 1} ${sdp.origin?.sessionVersion ?? 1} ${where}`, 's=-', `c=${where}`]
  lines.push(...(times.length > 0 ? times : ['t=0 0']))
  for (const [at, media] of sdp.media.entries()) {
    lines.push(...(at === chosen ? accepted(sdp, at, sections[at + 1] ?? [], target) : refused(media)))
  }
  return latin1Bytes(lines.map(line => `${line}\r\n`).join(''))
}

function isPlainAudio({ kind, port, protocol, formats }: SdpMedia): boolean {
  return kind === 'audio' && port !== 0 && formats.length > 0 && PLAIN_RTP.includes(protocol.toUpperCase())
}

function accepted(sdp: Sdp, at: number, lines: readonly SdpLine[], target: EchoTarget): string[] {
  const media = sdp.media[at]!
  const { port, rtcpPort } = target
  const shared = rtcpPort === port && attribute(media, 'rtcp-mux') !== undefined
  const rtcp = shared ? ['a=rtcp-mux'] : rtcpPort === port + 1 || rtcpPort === port ? [] : [`a=rtcp:${checkedPort(rtcpPort)}`]
  return [
    `m=audio ${checkedPort(port)} ${media.protocol} ${media.formats.join(' ')}`,
    ...lines.filter(line => line.type === 'a' && KEPT.test(line.value)).map(({ value }) => `a=${value.trimEnd()}`),
    ...rtcp,
    `a=${answeredDirection(direction(sdp, at))}`,
  ]
}

function refused({ kind, protocol, formats }: SdpMedia): string[] {
  return [`m=${[kind, 0, protocol, ...formats].join(' ')}`]
}

const PLAIN_RTP: readonly string[] = ['RTP/AVP', 'RTP/AVPF']
/** What describes the formats themselves: it holds for both ways (RFC 3264 §6.1). */
const KEPT = /^(?:rtpmap|fmtp|ptime|maxptime):/

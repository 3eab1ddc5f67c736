/** Offers and answers of one audio stream in G.711 with telephone events. RFC 3264 §5, §6, RFC 4733 §2.4. */
import { answeredDirection, type Direction, direction, parseSdp, type Sdp, type SdpMedia, type SdpText } from '@strowger/sdp'
import type { MediaAddress } from '../audio/audio-port.ts'

/** Our half of a session; `version` grows with each change (RFC 3264 §8). */
export interface OwnSession {
  readonly at: MediaAddress
  readonly id: number
  readonly version: number
  /** Payload types of G.711 we speak, best first. */
  readonly codecs: readonly ('8' | '0')[]
}

export function offer(own: OwnSession, way: Direction = 'sendrecv'): string {
  return document(own, [
    `m=audio ${own.at.port} RTP/AVP ${own.codecs.join(' ')} 101`,
    ...own.codecs.map(type => `a=rtpmap:${type} ${NAMES[type]}/8000`),
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-16',
    'a=ptime:20',
    `a=${way}`,
  ])
}

/** `undefined` where the offer has nothing that we speak: 488. RFC 3261 §13.3.1.3. */
export function answer(offered: SdpText, own: OwnSession): string | undefined {
  const sdp = parseSdp(offered)
  const chosen = sdp?.media.findIndex(media => isOurs(media, own)) ?? -1
  if (sdp === undefined || chosen < 0) return undefined
  const lines = sdp.media.flatMap((media, index) => (index === chosen ? accepted(sdp, index, own) : refused(media)))
  return document(own, lines)
}

/** What the other side's SDP says: where it wants our audio (nowhere on hold), or `undefined` where it has none for us. */
export function peerOf(body: SdpText): { readonly sendTo: MediaAddress | undefined } | undefined {
  const sdp = parseSdp(body)
  const index = sdp?.media.findIndex(({ kind, port }) => kind === 'audio' && port !== 0) ?? -1
  const media = sdp?.media[index]
  if (sdp === undefined || media?.connection === undefined) return undefined
  const way = direction(sdp, index)
  const hears = way === 'sendrecv' || way === 'recvonly'
  return { sendTo: hears ? { address: media.connection.address, port: media.port } : undefined }
}

function document({ at: { address }, id, version }: OwnSession, media: readonly string[]): string {
  const where = `IN ${address.includes(':') ? 'IP6' : 'IP4'} ${address}`
  return ['v=0', `o=- ${id} ${version} ${where}`, 's=-', `c=${where}`, 't=0 0', ...media, ''].join('\r\n')
}

function isOurs({ kind, port, protocol, formats }: SdpMedia, { codecs }: OwnSession): boolean {
  return kind === 'audio' && port !== 0 && PLAIN.includes(protocol.toUpperCase()) && codecs.some(codec => formats.includes(codec))
}

/** The codecs in the offer's order, and its telephone events, with the numbers it gave them. RFC 3264 §6.1. */
function accepted(sdp: Sdp, index: number, own: OwnSession): string[] {
  const { formats, attributes, protocol } = sdp.media[index]!
  const events = attributes
    .filter(({ name, value }) => name === 'rtpmap' && EVENTS.test(value ?? ''))
    .map(({ value }) => value!.split(' ')[0]!)
  const kept = formats.filter(type => (own.codecs as readonly string[]).includes(type) || events.includes(type))
  return [
    `m=audio ${own.at.port} ${protocol} ${kept.join(' ')}`,
    ...kept.map(type => `a=rtpmap:${type} ${NAMES[type] ?? 'telephone-event'}/8000`),
    ...kept.filter(type => events.includes(type)).map(type => `a=fmtp:${type} 0-16`),
    'a=ptime:20',
    `a=${answeredDirection(direction(sdp, index))}`,
  ]
}

function refused({ kind, protocol, formats }: SdpMedia): string[] {
  return [`m=${[kind, 0, protocol, ...formats].join(' ')}`]
}

const NAMES: Readonly<Record<string, string>> = { '8': 'PCMA', '0': 'PCMU' }
const PLAIN: readonly string[] = ['RTP/AVP', 'RTP/AVPF']
const EVENTS = /^\d+ telephone-event\/8000$/i

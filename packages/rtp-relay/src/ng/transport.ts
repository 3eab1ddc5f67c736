/** What an m-line's transport means to us. RFC 3551, RFC 4585, RFC 3711, RFC 5763, RFC 7345 (T.38 over udptl). */
import { attribute, type Sdp, type SdpMedia } from '@strowger/sdp'
import { refuse } from './refusal.ts'

/** `off`: port 0. `rtp`, `raw`: relayed. `carried`: messages, which pass as they are. `encrypted`: not there yet. */
export type Transport = 'off' | 'rtp' | 'raw' | 'carried' | 'encrypted'

export function transportOf({ kind, port, protocol }: SdpMedia): Transport {
  if (kind === 'message') return 'carried'
  if (port === 0) return 'off'
  if (isPlainRtp(protocol)) return 'rtp'
  return /SAVP/i.test(protocol) ? 'encrypted' : 'raw'
}

export function isPlainRtp(protocol: string): boolean {
  return /^RTP\/AVPF?$/i.test(protocol)
}

/** Not of UDP: such an m-line is told ports of ours as an rtpengine tells them, and nothing will ever come there. */
export function isDead({ protocol }: SdpMedia): boolean {
  return /^(?:TCP|DCCP|SCTP)/i.test(protocol)
}

/** An encrypted m-line beside a plain one is refused by itself; without a plain one the whole SDP is. */
export function demandPlain(sdp: Sdp): void {
  const transports = sdp.media.map(transportOf)
  const at = transports.indexOf('encrypted')
  if (at < 0 || transports.some(transport => transport === 'rtp' || transport === 'raw')) return
  throw refuse(`Unsupported transport protocol: ${sdp.media[at]!.protocol} is not there yet`)
}

/** Hz of the first format, for jitter. RFC 3551 §6, RFC 8866 §6.6. */
export function clockRateOf(media: SdpMedia): number {
  const [first] = media.formats
  for (const { name, value } of media.attributes) {
    const match = name === 'rtpmap' ? RTPMAP.exec(value ?? '') : undefined
    if (match && match[1] === first && Number(match[2]) > 0) return Number(match[2])
  }
  return media.kind === 'video' ? 90_000 : 8000
}

/** Payload type of the telephone events of an m-line. RFC 4733 §2.4.1. */
export function eventTypeOf(media: SdpMedia): number | undefined {
  for (const { name, value } of media.attributes) {
    const match = name === 'rtpmap' ? EVENTS.exec(value ?? '') : undefined
    if (match) return Number(match[1])
  }
  return undefined
}

export function offersMux(media: SdpMedia): boolean {
  return attribute(media, 'rtcp-mux') !== undefined
}

const EVENTS = /^(\d{1,3}) telephone-event\//i
const RTPMAP = /^(\d+) [^/]+\/(\d{1,6})/

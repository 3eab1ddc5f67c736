/** What becomes of one m-line and the lines below it on its way to the other side. RFC 3264 §5.1, §6, RFC 3605, RFC 5761. */
import { isUnspecified, type Sdp, type SdpMedia } from '@strowger/sdp'
import { agreedFormats, keptFormats, missingRtpmaps } from './codecs.ts'
import { DIRECTIONS, directionOf } from './direction.ts'
import { familyName } from './family.ts'
import type { Rules } from './rules.ts'
import { type Leg, lineOf } from './session.ts'
import { isPlainRtp, transportOf } from './transport.ts'

export interface MediaRewrite {
  /** The m= line. */
  readonly first: string
  /** The formats in it, where it is relayed. */
  readonly told: readonly string[] | undefined
  /** Of its c= lines: kept as they are, replaced, or added where there is none. */
  readonly connection: { readonly kind: 'kept' | 'replaced' | 'added'; readonly address?: string }
  /** Names of attributes that go. */
  readonly removed: ReadonlySet<string>
  /** Of the formats that stay, where some go: what speaks of the others goes too. */
  readonly formats: ReadonlySet<string> | undefined
  /** Lines at the end. */
  readonly added: readonly string[]
}

/** What an offer and an answer do differently. */
export interface MediaWish {
  /** The reader shares the port: as it is offered, or as it was agreed. */
  readonly mux: boolean
  /** Where its RTCP goes is known to be the same port. */
  readonly muxed: boolean
  readonly ptime: number | undefined
  /** One codec only, beside telephone-event and the like. */
  readonly single: boolean
  /** Where no codec is left, none is told. */
  readonly bare: boolean
  /** What the writer had been offered, as `toldFormats` has it, where this is the answer; empty where that was not RTP. */
  readonly offered: string | undefined
}

/** `to` is who will read it. */
export function mediaRewrite(sdp: Sdp, index: number, to: Leg, rules: Rules, wish: MediaWish): MediaRewrite {
  const media = sdp.media[index]!
  const transport = transportOf(media)
  if (transport === 'carried') return carried(sdp, media)
  const { local } = to.party.media[index]!
  const told = protocolFor(media, to, index)
  const address = rules.toldAddress ?? local.address
  const connection = connectionOf(sdp, media, address, rules)
  if (transport !== 'rtp' && transport !== 'raw') {
    const first = firstLine(media, 0, told, formatsFor(told, media, to, index))
    return { first, told: undefined, connection, removed: REFUSED, formats: NO_FORMATS, added: [] }
  }
  const rtp = transport === 'rtp' && isPlainRtp(told)
  const formats = rtp ? rtpFormats(media, rules, wish) : formatsFor(told, media, to, index)
  const ours = rules.flags.has('original-sendrecv') ? [] : DIRECTIONS
  return {
    first: firstLine(media, local.port, told, formats),
    told: formats,
    connection,
    removed: removedBy(wish, ours.length > 0),
    formats: rtp && formats.length > 0 && formats.length < media.formats.length ? new Set(formats) : undefined,
    added: [
      ...(rtp ? missingRtpmaps(media, formats) : []),
      ...(ours.length > 0 ? [`a=${directionOf(sdp, media, rules)}`] : []),
      ...(rtp ? rtpLines(wish, address, wish.muxed ? local.port : local.rtcpPort, rules) : []),
    ],
  }
}

function rtpFormats(media: SdpMedia, { codecs }: Rules, wish: MediaWish): readonly string[] {
  const kept = keptFormats(media, codecs, wish)
  return !wish.offered ? kept : agreedFormats(media, kept, wish.offered)
}

function removedBy({ ptime }: MediaWish, directions: boolean): ReadonlySet<string> {
  return REMOVED[directions ? 'ours' : 'theirs'][ptime === undefined ? 'kept' : 'replaced']
}

function rtpLines({ ptime, mux }: MediaWish, address: string, rtcpPort: number, { flags }: Rules): string[] {
  const where = flags.has('full-rtcp-attribute') ? ` IN ${familyName(address)} ${address}` : ''
  return [
    ...(ptime === undefined ? [] : [`a=ptime:${ptime}`]),
    ...(flags.has('no-rtcp-attribute') ? [] : [`a=rtcp:${rtcpPort}${where}`]),
    ...(mux ? ['a=rtcp-mux'] : []),
  ]
}

/** The reader's own, where it has one; what we do not understand stays as it is. */
function protocolFor(media: SdpMedia, to: Leg, index: number): string {
  return transportOf(media) === 'encrypted' ? media.protocol : (lineOf(to, index).protocol ?? media.protocol)
}

/** A protocol that is the reader's own has its formats. */
function formatsFor(protocol: string, media: SdpMedia, to: Leg, index: number): readonly string[] {
  return protocol === media.protocol ? media.formats : (lineOf(to, index).formats ?? media.formats)
}

/** What we do not relay is still where its own sender said, when the session's c= line becomes ours. */
function carried(sdp: Sdp, media: SdpMedia): MediaRewrite {
  const { connection } = media
  const inherits = media.connections.length === 0 && connection !== undefined && sdp.connection !== undefined
  const own = inherits ? ({ kind: 'added', address: connection.address } as const) : KEPT
  return {
    first: firstLine(media, media.port, media.protocol, media.formats),
    told: undefined,
    connection: own,
    removed: NOTHING,
    formats: undefined,
    added: [],
  }
}

function firstLine({ kind, portCount }: SdpMedia, port: number, protocol: string, formats: readonly string[]): string {
  return `m=${kind} ${port}${portCount > 1 ? `/${portCount}` : ''} ${protocol} ${formats.join(' ')}`
}

function connectionOf(sdp: Sdp, media: SdpMedia, address: string, rules: Rules): MediaRewrite['connection'] {
  if (media.connections.length > 0) return { kind: 'replaced', address: told(media.connection?.address, address, rules) }
  return sdp.connection ? KEPT : { kind: 'added', address }
}

/** An address of nobody stays one, in the reader's family. */
export function told(announced: string | undefined, own: string, rules: Rules): string {
  const held = isUnspecified(announced) && rules.remoteAddress === undefined && rules.toldAddress === undefined
  if (!held || rules.replace.has('zero-address')) return own
  return own.includes(':') ? '::' : '0.0.0.0'
}

const RTCP = ['rtcp', 'rtcp-mux']
const REFUSED: ReadonlySet<string> = new Set([...DIRECTIONS, ...RTCP, 'ptime'])
/** By whose direction is told, and what becomes of the packet time. */
const REMOVED: Readonly<Record<'ours' | 'theirs', Readonly<Record<'kept' | 'replaced', ReadonlySet<string>>>>> = {
  ours: { kept: new Set([...DIRECTIONS, ...RTCP]), replaced: REFUSED },
  theirs: { kept: new Set(RTCP), replaced: new Set([...RTCP, 'ptime']) },
}
const NO_FORMATS: ReadonlySet<string> = new Set()
const NOTHING: ReadonlySet<string> = new Set()
const KEPT = { kind: 'kept' } as const

/** What the relay knows of an NG session: pairs of legs, one pair for each dialog, and what was agreed with each. RFC 3264 §4, RFC 3261 §12. */
import type { Call } from '../call.ts'
import type { Media } from '../media.ts'
import type { Party } from '../party.ts'

/** One side of a dialog. Until its answer comes a called side has no tag; the Via branch tells several apart. */
export interface Leg {
  tag: string | undefined
  readonly viaBranch: string | undefined
  readonly party: Party
  /** Who else answered the offer that it was told, and may speak again (RFC 3261 §13.2.2.4). */
  others?: readonly string[]
  /** The other side; they are made together. */
  peer: Leg | undefined
  /** By m-line. */
  readonly lines: Line[]
  /** Name of the interface that faces it now. */
  interface: string
  /** On which its first ports are. */
  readonly opened: string
  /** What `set-label` called it. */
  label: string | undefined
  /** What is held back of what it sends. */
  gates?: Gates
  /** What its reader was told of the origin, where that is to stay. */
  readonly told: Told
}

/** `block media`, `silence media`, `block DTMF`. */
export interface Gates {
  readonly media?: boolean
  readonly silence?: boolean
  readonly events?: boolean
}

/** Of the SDPs that a leg's party was sent. RFC 8866 §5.2. */
export interface Told {
  username?: string
  sessionId?: string
  sessionName?: string
  version?: bigint
  /** The last SDP but for its version. */
  body?: string
}

/** What was agreed on for one m-line with one side. */
export interface Line {
  /** `audio`, `video`, `image`. */
  kind: string
  /** Of its m-line: what it wrote last, or what it was told since. */
  protocol?: string | undefined
  /** What it wrote there, where that is not RTP. */
  formats?: readonly string[] | undefined
  /** Formats that it was told last, so those in which it speaks: see `toldFormats`. */
  speaks?: string | undefined
  /** The side offered to share the port (RFC 5761 §5.1.1). */
  muxOffered: boolean
  /** What it is told of that, whatever the other side says. */
  muxAnswer: 'accept' | 'reject' | undefined
  /** RTP and RTCP share the port on this side. */
  mux: boolean
  /** Its SDP expects media both ways. */
  flowing: boolean
  /** Which ports this side was told, by where the other side was. */
  readonly told: TellPorts[]
}

/** A side that moves gets its peer other ports, and the old ones again when it returns. */
export interface TellPorts {
  /** Of the other side; `undefined` until it has one. */
  peer: { readonly address: string; readonly port: number } | undefined
  readonly interface: string
  /** Who was told them, where several answer in turn; `undefined` while nobody has. */
  tag?: string | undefined
  readonly media: Media
}

export interface Session {
  readonly id: string
  readonly call: Call
  readonly legs: Leg[]
  /** UTC ms. */
  readonly created: number
  /** UTC ms of the last command. */
  signalled: number
  /** Before that nobody has to send anything. */
  answered: boolean
  /** What the controller wants to read with the statistics. */
  metadata: string | undefined
  /** What is held back of what all send. */
  gates?: Gates
  /** Of rtpproxy's protocol: who holds the stream, strongly or weakly. */
  holds?: { strong: boolean; readonly weak: { near: boolean; far: boolean } }
}

export function legOf(session: Session, tag: string | undefined): Leg | undefined {
  return tag === undefined ? undefined : session.legs.find(leg => leg.tag === tag)
}

/** The sides of the dialogs between two tags, the first of `tag`; the newest last. */
export function legsOfTag(session: Session, tag: string | undefined): Leg[] {
  return tag === undefined ? [] : session.legs.filter(leg => leg.tag === tag)
}

/** DSCP and ECN of what all sides are sent from now on; undefined leaves them. RFC 2474 §3. */
export function mark({ legs }: Session, tos: number | undefined): void {
  if (tos === undefined) return
  for (const { party } of legs) if ((party.settings.tos ?? 0) !== tos) party.mark(tos)
}

export function lineOf(leg: Leg, index: number): Line {
  leg.lines[index] ??= { kind: 'audio', muxOffered: false, muxAnswer: undefined, mux: false, flowing: true, told: [] }
  return leg.lines[index]
}

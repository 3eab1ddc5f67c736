/** What the relay knows of an NG session: a call with its legs, and which leg answers which. RFC 3264 §4, RFC 3261 §12. */
import type { Call } from '../call.ts'
import type { Party } from '../party.ts'

/** One side of a session. Until its answer comes a called side has no tag; the Via branch tells several apart. */
export interface Leg {
  tag: string | undefined
  readonly viaBranch: string | undefined
  readonly party: Party
  /** Who was heard by it last. */
  peer: Leg | undefined
  /** By m-line. */
  readonly lines: Line[]
}

/** What was agreed on for one m-line with one side. */
export interface Line {
  /** `audio`, `video`, `image`. */
  kind: string
  /** The side offered to share the port (RFC 5761 §5.1.1). */
  muxOffered: boolean
  /** We accept that for it, whatever the other side says. */
  muxForced: boolean
  /** RTP and RTCP share the port on this side. */
  mux: boolean
  /** Its SDP expects media both ways. */
  flowing: boolean
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
}

export function legOf(session: Session, tag: string | undefined): Leg | undefined {
  return tag === undefined ? undefined : session.legs.find(leg => leg.tag === tag)
}

/** A side of `peer`'s offer that has not answered yet: of that branch, or the only sort there is. */
export function unansweredLeg(session: Session, peer: Leg, viaBranch: string | undefined): Leg | undefined {
  const open = session.legs.filter(leg => leg.tag === undefined && leg.peer === peer)
  return open.find(leg => leg.viaBranch === viaBranch) ?? (viaBranch === undefined ? open.at(-1) : undefined)
}

export function lineOf(leg: Leg, index: number): Line {
  leg.lines[index] ??= { kind: 'audio', muxOffered: false, muxForced: false, mux: false, flowing: true }
  return leg.lines[index]
}

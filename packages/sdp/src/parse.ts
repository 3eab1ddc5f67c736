/** Reads an SDP into the small typed view that a switch needs. RFC 8866 §5. */
import type { SdpText } from './bytes.ts'
import { type Direction, directionOf } from './direction.ts'
import { type Connection, type MediaLine, type Origin, type Rtcp, readConnection, readMediaLine, readOrigin, readRtcp } from './fields.ts'
import { type SdpLimits, type SdpLine, splitSdp } from './lines.ts'

/** An a= line: `a=rtpmap:8 PCMA/8000` has the value `8 PCMA/8000`, `a=sendrecv` has none. RFC 8866 §5.13. */
export interface SdpAttribute {
  readonly name: string
  readonly value?: string
}

/** One m-line and the lines below it. */
export interface SdpMedia extends MediaLine {
  /** The connection in force: the first c= line of its own, else the session's. */
  readonly connection?: Connection
  /** The c= lines of its own; several only for layered multicast (RFC 8866 §5.7). */
  readonly connections: readonly Connection[]
  /** As the attributes say, its own before the session's; `direction()` also looks at the address. */
  readonly direction: Direction
  readonly rtcp?: Rtcp
  readonly attributes: readonly SdpAttribute[]
}

/** A session description. */
export interface Sdp {
  /** Missing only where the sender left the line out. */
  readonly origin?: Origin
  /** The session's c= line. */
  readonly connection?: Connection
  /** The session's own, `sendrecv` where it has none. */
  readonly direction: Direction
  readonly attributes: readonly SdpAttribute[]
  /** In their order, which offer and answer share (RFC 3264 §6). */
  readonly media: readonly SdpMedia[]
}

/**
 * A view of `sdp`, or `undefined` where it is none: see `splitSdp`; an o=, c= or m= line that cannot be read also refuses it whole.
 * Never throws, and reads nothing that passes a limit.
 * Deviation: missing s=, t= and o= lines are accepted, because phones leave them out (RFC 8866 §5 requires them).
 */
export function parseSdp(sdp: SdpText, limits: SdpLimits = {}): Sdp | undefined {
  const sections = splitSdp(sdp, limits)
  if (!sections) return undefined
  const [lines, ...below] = sections
  const origin = readFirst(lines, 'o', readOrigin)
  const connection = readFirst(lines, 'c', readConnection)
  if (origin === 'malformed' || connection === 'malformed') return undefined
  const attributes = attributesOf(lines)
  const session: SessionPart = {
    ...(origin && { origin }),
    ...(connection && { connection }),
    direction: directionOf(attributes) ?? 'sendrecv',
    attributes,
  }
  const media: SdpMedia[] = []
  for (const section of below) {
    const one = readMedia(section, session)
    if (!one) return undefined
    media.push(one)
  }
  return { ...session, media }
}

/** The value of the first attribute of that name: '' for one without value, `undefined` where there is none. */
export function attribute(of: { readonly attributes: readonly SdpAttribute[] }, name: string): string | undefined {
  const found = of.attributes.find(one => one.name === name)
  return found && (found.value ?? '')
}

type SessionPart = Omit<Sdp, 'media'>

function readMedia(lines: readonly SdpLine[], session: SessionPart): SdpMedia | undefined {
  const line = readMediaLine(lines[0]!.value)
  const connections = lines.filter(({ type }) => type === 'c').map(({ value }) => readConnection(value))
  if (!line || !connections.every(one => one !== undefined)) return undefined
  const attributes = attributesOf(lines)
  const connection = connections[0] ?? session.connection
  const rtcp = readRtcp(attribute({ attributes }, 'rtcp') ?? '')
  const direction = directionOf(attributes) ?? session.direction
  return { ...line, ...(connection && { connection }), connections, direction, ...(rtcp && { rtcp }), attributes }
}

function readFirst<T>(lines: readonly SdpLine[], type: string, read: (value: string) => T | undefined): T | 'malformed' | undefined {
  const line = lines.find(one => one.type === type)
  return line && (read(line.value) ?? 'malformed')
}

function attributesOf(lines: readonly SdpLine[]): SdpAttribute[] {
  return lines.filter(({ type }) => type === 'a').map(({ value }) => readAttribute(value))
}

function readAttribute(value: string): SdpAttribute {
  const colon = value.indexOf(':')
  return colon < 0 ? { name: value.trimEnd() } : { name: value.slice(0, colon), value: value.slice(colon + 1).trimEnd() }
}

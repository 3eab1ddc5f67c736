/** Reads an SDP into the small typed view that a switch needs. RFC 8866 §5. */
import type { SdpText } from './bytes.ts'
import { type Direction, directionOf } from './direction.ts'
import { malformed, type SdpErrorCode, type SdpMalformed } from './errors.ts'
import { type Connection, type MediaLine, type Origin, type Rtcp, readConnection, readMediaLine, readOrigin, readRtcp } from './fields.ts'
import { readSections, type SdpLimits, type SdpLine } from './lines.ts'

/** An a= line: `a=rtpmap:8 PCMA/8000` has the value `8 PCMA/8000`, `a=sendrecv` has none. RFC 8866 §5.13. */
export interface SdpAttribute {
  /** What stands before the colon of an a= line; case matters. RFC 8866 §5.13. */
  readonly name: string
  /** What stands after the colon; missing for a flag such as `a=sendonly`. */
  readonly value?: string
}

/** A line that the view leaves as text: `b=AS:64` is `{ type: 'b', value: 'AS:64' }`. */
export interface SdpField {
  /** One of `i u e p b t r z k`, or a letter that RFC 8866 does not know. */
  readonly type: string
  /** What stands after `=`, unread. */
  readonly value: string
}

/** One m-line and the lines below it. */
export interface SdpMedia extends MediaLine {
  /** The connection in force: the first c= line of its own, else the session's. */
  readonly connection?: Connection
  /** The c= lines of its own; several only for layered multicast (RFC 8866 §5.7). */
  readonly connections: readonly Connection[]
  /** As the attributes say, its own before the session's; `direction()` also looks at the address. */
  readonly direction: Direction
  /** What a=rtcp says; missing where RTCP goes to the next port. RFC 3605 §2.1. */
  readonly rtcp?: Rtcp
  /** Its own a= lines in their order, those read into other fields included. */
  readonly attributes: readonly SdpAttribute[]
  /** The lines i=, b= and k= below it, in their order; missing where there are none. */
  readonly fields?: readonly SdpField[]
}

/** A session description. */
export interface Sdp {
  /** Missing only where the sender left the line out. */
  readonly origin?: Origin
  /** What the s= line says; missing where there is none. RFC 8866 §5.3. */
  readonly name?: string
  /** The session's c= line. */
  readonly connection?: Connection
  /** The session's own, `sendrecv` where it has none. */
  readonly direction: Direction
  /** The a= lines above the first m-line, in their order. */
  readonly attributes: readonly SdpAttribute[]
  /** The lines i=, u=, e=, p=, b=, t=, r=, z= and k= of the session, in their order; missing where there are none. */
  readonly fields?: readonly SdpField[]
  /** In their order, which offer and answer share (RFC 3264 §6). */
  readonly media: readonly SdpMedia[]
}

/** What `readSdp` makes of bytes from the network: switch on `kind`. */
export type SdpRead = { readonly kind: 'sdp'; readonly sdp: Sdp } | SdpMalformed

/**
 * A view of `sdp`, or `undefined` where it is none: see `splitSdp`; an o=, c= or m= line that cannot be read also refuses it whole.
 * Never throws, and reads nothing that passes a limit.
 * Deviation: missing s=, t= and o= lines are accepted, because phones leave them out (RFC 8866 §5 requires them).
 * Deviation: lines of a letter that RFC 8866 §5 does not know are kept, so that they can be carried; `answer` refuses them.
 */
export function parseSdp(sdp: SdpText, limits: SdpLimits = {}): Sdp | undefined {
  const read = readSdp(sdp, limits)
  return read.kind === 'sdp' ? read.sdp : undefined
}

/** The same, saying what is wrong and in which line. RFC 8866 §5. */
export function readSdp(sdp: SdpText, limits: SdpLimits = {}): SdpRead {
  const sections = readSections(sdp, limits)
  if ('kind' in sections) return sections
  const [lines, ...below] = sections
  const media: SdpMedia[] = []
  const session = readSession(lines, media)
  if (typeof session === 'string') return malformed(session, lineOf(lines, session))
  let before = lines.length
  for (const section of below) {
    const one = readMedia(section, session)
    if (typeof one === 'string') return malformed(one, before + lineOf(section, one))
    media.push(one)
    before += section.length
  }
  return { kind: 'sdp', sdp: session }
}

/** The value of the first attribute of that name: '' for one without value, `undefined` where there is none. */
export function attribute(of: { readonly attributes: readonly SdpAttribute[] }, name: string): string | undefined {
  const found = of.attributes.find(one => one.name === name)
  return found && (found.value ?? '')
}

/** `media` is filled afterwards. */
function readSession(lines: readonly SdpLine[], media: readonly SdpMedia[]): Sdp | SdpErrorCode {
  const origin = readFirst(lines, 'o', readOrigin)
  const connection = readFirst(lines, 'c', readConnection)
  if (origin === 'malformed') return 'bad-origin'
  if (connection === 'malformed') return 'bad-connection'
  const name = lines.find(({ type }) => type === 's')?.value.trimEnd()
  const attributes = attributesOf(lines)
  const fields = fieldsOf(lines)
  const part: Writable<Sdp> = { direction: directionOf(attributes) ?? 'sendrecv', attributes, media }
  if (origin) part.origin = origin
  if (name !== undefined) part.name = name
  if (connection) part.connection = connection
  if (fields) part.fields = fields
  return part
}

function readMedia(lines: readonly SdpLine[], session: Sdp): SdpMedia | SdpErrorCode {
  const line = readMediaLine(lines[0]!.value)
  if (!line) return 'bad-media'
  const connections = connectionsOf(lines)
  if (!connections) return 'bad-connection'
  const attributes = attributesOf(lines)
  const connection = connections[0] ?? session.connection
  const where = attribute({ attributes }, 'rtcp')
  const rtcp = where === undefined ? undefined : readRtcp(where)
  const fields = fieldsOf(lines)
  const { kind, port, portCount, protocol, formats } = line
  const direction = directionOf(attributes) ?? session.direction
  const media: Writable<SdpMedia> = { kind, port, portCount, protocol, formats, connections, direction, attributes }
  if (connection) media.connection = connection
  if (rtcp) media.rtcp = rtcp
  if (fields) media.fields = fields
  return media
}

/** Put together in steps: several times faster than spreading what may be missing. */
type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

function connectionsOf(lines: readonly SdpLine[]): Connection[] | undefined {
  const connections: Connection[] = []
  for (const { type, value } of lines) {
    if (type !== 'c') continue
    const connection = readConnection(value)
    if (!connection) return undefined
    connections.push(connection)
  }
  return connections
}

/** The number of the line that a fault is about, counted from 1. */
function lineOf(lines: readonly SdpLine[], code: SdpErrorCode): number {
  if (code === 'bad-media') return 1
  const [type, read] = code === 'bad-origin' ? ['o', readOrigin] : ['c', readConnection]
  return lines.findIndex(line => line.type === type && read(line.value) === undefined) + 1
}

function readFirst<T>(lines: readonly SdpLine[], type: string, read: (value: string) => T | undefined): T | 'malformed' | undefined {
  const line = lines.find(one => one.type === type)
  return line && (read(line.value) ?? 'malformed')
}

function fieldsOf(lines: readonly SdpLine[]): readonly SdpField[] | undefined {
  const fields: SdpField[] = []
  for (const { type, value } of lines) if (!VIEWED.includes(type)) fields.push({ type, value: value.trimEnd() })
  return fields.length > 0 ? fields : undefined
}

function attributesOf(lines: readonly SdpLine[]): SdpAttribute[] {
  const attributes: SdpAttribute[] = []
  for (const { type, value } of lines) if (type === 'a') attributes.push(readAttribute(value))
  return attributes
}

function readAttribute(value: string): SdpAttribute {
  const colon = value.indexOf(':')
  return colon < 0 ? { name: value.trimEnd() } : { name: value.slice(0, colon), value: value.slice(colon + 1).trimEnd() }
}

/** The lines that have a property of their own; a blank line (`''`) is in every text. */
const VIEWED = 'voscam'

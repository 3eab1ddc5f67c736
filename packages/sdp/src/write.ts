/** Writes a whole SDP, its lines in the order that the grammar wants. RFC 8866 §5, §9. */
import { latin1Bytes } from './bytes.ts'
import { type Connection, type MediaLine, type Origin, readMediaLine, writeOrigin } from './fields.ts'
import type { SdpAttribute, SdpField } from './parse.ts'

/** What can be written: every `Sdp` is one; what follows from the lines (direction, connection in force, RTCP) is not asked for. */
export interface SdpDocument {
  /** The o= line. Default: `- 0 0 IN IP4 0.0.0.0`, which names nobody. RFC 8866 §5.2. */
  readonly origin?: Origin
  /** The s= line; `-` where it is missing or empty. RFC 8866 §5.3. */
  readonly name?: string
  /** The c= line for streams without one of their own. */
  readonly connection?: Connection
  /** The a= lines above the first m-line, in this order. */
  readonly attributes?: readonly SdpAttribute[]
  /** The other lines, each where its type belongs; those of an unknown type before the attributes. Without a t= line among them `t=0 0` is written. RFC 8866 §5.9. */
  readonly fields?: readonly SdpField[]
  /** The m-lines in their order, which an answer shares with its offer (RFC 3264 §6). */
  readonly media: readonly SdpDocumentMedia[]
}

/** One m-line to be written, and what stands below it. */
export interface SdpDocumentMedia extends Pick<MediaLine, 'kind' | 'port' | 'protocol' | 'formats'> {
  /** Written behind the port as `49170/2`. Default 1, which is not written. RFC 8866 §5.14. */
  readonly portCount?: number
  /** The c= lines of its own. */
  readonly connections?: readonly Connection[]
  /** The a= lines below it, in this order; a=rtpmap and the direction are among them. */
  readonly attributes?: readonly SdpAttribute[]
  /** Its lines i=, b= and k=, each where its type belongs; those of other types before the attributes. */
  readonly fields?: readonly SdpField[]
}

/**
 * The bytes of `document`, each line ended by CRLF. A value that would break its line, or an m-line that could not be read back,
 * throws a TypeError. Without an origin, o= names nobody (`- 0 0 IN IP4 0.0.0.0`). RFC 8866 §5.
 */
export function writeSdp(document: SdpDocument): Uint8Array {
  const { origin = NOBODY, name, connection, attributes = [], fields = [], media } = document
  const timed = fields.some(({ type }) => type === 't') ? fields : [...fields, { type: 't', value: '0 0' }]
  const lines = [
    'v=0',
    `o=${writeOrigin(origin)}`,
    `s=${name || '-'}`,
    ...fieldLines(timed, 'iuep'),
    ...(connection ? [connectionLine(connection)] : []),
    ...fieldLines(timed, 'b'),
    // r= belongs to the t= above it, so these stay in their order (RFC 8866 §5.10).
    ...fieldLines(timed, 'trz', false),
    ...fieldLines(timed, 'k'),
    ...timed.filter(({ type }) => !'iuepbtrzk'.includes(type)).map(fieldLine),
    ...attributes.map(attributeLine),
    ...media.flatMap(mediaLines),
  ]
  return bytesOf(lines)
}

/** Checks every line and joins them. */
export function bytesOf(lines: readonly string[]): Uint8Array {
  const broken = lines.find(line => BREAKS_LINE.test(line))
  if (broken !== undefined) throw new TypeError(`"${broken}" cannot be a line of an SDP`)
  return latin1Bytes(lines.map(line => `${line}\r\n`).join(''))
}

/** `a=name:value`, or `a=name`. */
export function attributeLine({ name, value }: SdpAttribute): string {
  if (name.includes(':')) throw new TypeError(`"${name}" cannot name an attribute`)
  return value === undefined ? `a=${name}` : `a=${name}:${value}`
}

/** `c=IN IP4 192.0.2.1`. */
function connectionLine({ networkType, addressType, address, suffix }: Connection): string {
  return `c=${networkType} ${addressType} ${address}${suffix}`
}

function mediaLines(media: SdpDocumentMedia): string[] {
  const { kind, port, portCount = 1, protocol, formats, connections = [], attributes = [], fields = [] } = media
  const line = [kind, portCount > 1 ? `${port}/${portCount}` : port, protocol, ...formats].join(' ')
  if (!readMediaLine(line)) throw new TypeError(`"${line}" cannot be an m-line`)
  return [
    `m=${line}`,
    ...fieldLines(fields, 'i'),
    ...connections.map(connectionLine),
    ...fieldLines(fields, 'b'),
    ...fieldLines(fields, 'k'),
    ...fields.filter(({ type }) => !'ibk'.includes(type)).map(fieldLine),
    ...attributes.map(attributeLine),
  ]
}

/** The lines of these types, type by type, or as they stand. */
function fieldLines(fields: readonly SdpField[], types: string, sorted = true): string[] {
  if (!sorted) return fields.filter(({ type }) => types.includes(type)).map(fieldLine)
  return [...types].flatMap(wanted => fields.filter(({ type }) => type === wanted).map(fieldLine))
}

function fieldLine({ type, value }: SdpField): string {
  if (!/^[a-ln-z]$/.test(type)) throw new TypeError(`"${type}" is not the letter of a line`)
  return `${type}=${value}`
}

const NOBODY: Origin = { username: '-', sessionId: '0', sessionVersion: '0', networkType: 'IN', addressType: 'IP4', address: '0.0.0.0' }
/** What RFC 8866 §9 excludes from a value, and what is no byte. */
const BREAKS_LINE = /[\0\r\n]|[^\0-\xff]/

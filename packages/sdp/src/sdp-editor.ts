/** Edits an SDP line by line and leaves every other byte as it came. RFC 8866 §5, RFC 3264 §8. */
import { latin1Bytes, type SdpText } from './bytes.ts'
import { type Direction, isDirection } from './direction.ts'
import {
  addressTypeOf,
  checkedAddress,
  checkedPort,
  type Origin,
  readConnection,
  readMediaLine,
  readOrigin,
  writeOrigin,
} from './fields.ts'
import { lineText, type SdpLimits, type SdpLine, type SdpSections, splitSdp } from './lines.ts'
import { parseSdp } from './parse.ts'

/** Which part of an SDP: the session's, or the m-line of that index, counted from 0. */
export type SdpPart = 'session' | number

/**
 * A byte-exact editor. Each method changes the lines it names, in their places, and nothing else; a line it adds goes where
 * RFC 8866 §5 wants it and ends as its neighbours do. Arguments that cannot stand in an SDP throw a TypeError.
 */
export class SdpEditor {
  readonly #sections: SdpSections

  /** An editor for `sdp`, or `undefined` where `parseSdp` refuses it. Never throws. */
  static open(sdp: SdpText, limits: SdpLimits = {}): SdpEditor | undefined {
    const sections = parseSdp(sdp, limits) && splitSdp(sdp, limits)
    return sections && new SdpEditor(sections)
  }

  private constructor(sections: SdpSections) {
    this.#sections = sections
  }

  /** How many m-lines there are. */
  get mediaCount(): number {
    return this.#sections.length - 1
  }

  /** What the o= line says now. */
  get origin(): Origin | undefined {
    const line = this.#sections[0].find(({ type }) => type === 'o')
    return line && readOrigin(line.value)
  }

  /** Replaces the o= line, where there is one. RFC 8866 §5.2. */
  setOrigin(origin: Origin): this {
    const value = writeOrigin(origin)
    if (!readOrigin(value) || BREAKS_LINE.test(value)) throw new TypeError(`"${value}" cannot be an o= line`)
    return this.#replace('session', 'o', () => value)
  }

  /** Replaces the address in the o= line, and its type with it. RFC 8866 §5.2. */
  setOriginAddress(address: string): this {
    const { origin } = this
    return origin ? this.setOrigin({ ...origin, addressType: addressTypeOf(address), address: checkedAddress(address) }) : this
  }

  /**
   * Puts `address` into every c= line of `part`, or adds one where it has none. A TTL or a count of multicast groups is dropped.
   * RFC 8866 §5.7.
   */
  setConnection(part: SdpPart, address: string): this {
    const value = `IN ${addressTypeOf(address)} ${checkedAddress(address)}`
    if (!this.#has(part, 'c')) return this.#insert(part, 'c', value, BEFORE_CONNECTION)
    return this.#replace(part, 'c', now => (readConnection(now)?.address === address && !now.includes('/') ? now : value))
  }

  /** Puts `address` into every c= line that is there: the session's and those of each m-line. RFC 8866 §5.7. */
  setConnections(address: string): this {
    for (const part of this.#parts()) if (this.#has(part, 'c')) this.setConnection(part, address)
    return this
  }

  /** Replaces the port of an m-line; `port/count` where `count` is more than 1. RFC 8866 §5.14. */
  setPort(index: number, port: number, count = 1): this {
    const ports = checkedPort(port) + (count > 1 ? `/${checkedPort(count)}` : '')
    return this.#replace(index, 'm', now => now.replace(FIRST_PORTS, (_, before: string) => before + ports))
  }

  /** Replaces the formats of an m-line, in order of preference. RFC 3264 §6.1. */
  setFormats(index: number, formats: readonly string[]): this {
    if (formats.length === 0 || !formats.every(one => TOKEN.test(one)))
      throw new TypeError('An m-line has one format at least, without spaces')
    return this.#replace(index, 'm', now => {
      const { protocol } = readMediaLine(now)!
      return `${now.split(/ +/, 2).join(' ')} ${protocol} ${formats.join(' ')}`
    })
  }

  /** Replaces the a=rtcp line of an m-line or adds one; `undefined` removes it. RFC 3605 §2.1. */
  setRtcp(index: number, port: number | undefined, address?: string): this {
    if (port === undefined) return this.removeAttribute(index, 'rtcp')
    const where = address === undefined ? '' : ` IN ${addressTypeOf(address)} ${checkedAddress(address)}`
    return this.setAttribute(index, 'rtcp', `${checkedPort(port)}${where}`)
  }

  /** Replaces the direction of `part`, or adds it. The session's own and an m-line's are told apart. RFC 8866 §6.7. */
  setDirection(part: SdpPart, direction: Direction): this {
    if (!isDirection(direction)) throw new TypeError(`"${direction}" is not a direction`)
    let found = false
    const edited = this.#replace(part, 'a', now => {
      if (!isDirection(now.trimEnd())) return now
      found = true
      return direction
    })
    return found ? edited : this.addAttribute(part, direction)
  }

  /** Replaces the first attribute of that name, or adds it at the end of `part`. RFC 8866 §5.13. */
  setAttribute(part: SdpPart, name: string, value?: string): this {
    const section = this.#section(part)
    const at = section.findIndex(line => line.type === 'a' && attributeName(line) === name)
    if (at < 0) return this.addAttribute(part, name, value)
    section[at] = { ...section[at]!, value: attributeText(name, value) }
    return this
  }

  /** Adds an attribute at the end of `part`. RFC 8866 §5.13. */
  addAttribute(part: SdpPart, name: string, value?: string): this {
    return this.#insert(part, 'a', attributeText(name, value), BEFORE_ATTRIBUTE)
  }

  /** Removes all attributes of that name from `part`. */
  removeAttribute(part: SdpPart, name: string): this {
    return this.removeLines((line, where) => where === part && line.type === 'a' && attributeName(line) === name)
  }

  /** Removes the lines of which `which` is true. v= and m= lines are never asked about: they are not ours to take (RFC 3264 §8). */
  removeLines(which: (line: SdpLine, part: SdpPart) => boolean): this {
    for (const part of this.#parts()) {
      const section = this.#section(part)
      const kept = section.filter(line => line.type === 'v' || line.type === 'm' || line.type === '' || !which(line, part))
      section.splice(0, section.length, ...kept)
    }
    return this
  }

  /** The lines of `part` as they are now. */
  lines(part: SdpPart): readonly SdpLine[] {
    return this.#section(part)
  }

  /** The SDP as text, one character per byte. */
  toString(): string {
    return this.#sections.map(section => section.map(lineText).join('')).join('')
  }

  /** The SDP as bytes. */
  toBytes(): Uint8Array {
    return latin1Bytes(this.toString())
  }

  #parts(): SdpPart[] {
    return this.#sections.map((_, at) => (at === 0 ? 'session' : at - 1))
  }

  #section(part: SdpPart): SdpLine[] {
    const section = this.#sections[part === 'session' ? 0 : part + 1]
    if (!section || (part !== 'session' && part < 0))
      throw new TypeError(`This SDP has ${this.mediaCount} m-lines and none of index ${part}`)
    return section
  }

  #has(part: SdpPart, type: string): boolean {
    return this.#section(part).some(line => line.type === type)
  }

  #replace(part: SdpPart, type: string, value: (now: string) => string): this {
    const section = this.#section(part)
    for (const [at, line] of section.entries()) if (line.type === type) section[at] = { ...line, value: value(line.value) }
    return this
  }

  /** Adds a line behind the last one whose type is in `behind`. */
  #insert(part: SdpPart, type: string, value: string, behind: string): this {
    const section = this.#section(part)
    const at = section.findLastIndex(line => line.type !== '' && behind.includes(line.type))
    const before = section[at]!
    const end = before.end || this.#sections[0][0]!.end || '\r\n'
    section[at] = { ...before, end }
    section.splice(at + 1, 0, { type, value, end: before.end })
    return this
  }
}

function attributeName({ value }: SdpLine): string {
  const colon = value.indexOf(':')
  return colon < 0 ? value.trimEnd() : value.slice(0, colon)
}

function attributeText(name: string, value: string | undefined): string {
  const text = value === undefined ? name : `${name}:${value}`
  if (!TOKEN.test(name) || BREAKS_LINE.test(text)) throw new TypeError(`"${text}" cannot be an attribute`)
  return text
}

/** The lines that stand before a c= line in a session and below an m-line (RFC 8866 §5). */
const BEFORE_CONNECTION = 'vosiuepm'
/** All lines that may stand before an a= line. */
const BEFORE_ATTRIBUTE = 'vosiuepcbtrzkma'
const FIRST_PORTS = /^([^ ]+ +)\d+(?:\/\d+)?/
const TOKEN = /^[^\s:]+$/
/** What RFC 8866 §9 excludes from a value, and what is no byte. */
const BREAKS_LINE = /[\0\r\n]|[^\0-\xff]/

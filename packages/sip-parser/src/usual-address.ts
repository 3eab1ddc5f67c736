/** Where the parts of a From or To are, as nearly everybody writes it: found in one pass, cut when somebody asks. RFC 3261 §20.10, §20.20. */
import { CLASS, HOST, TOKEN, UPPER, USER, VALUE } from './characters.ts'
import type { NameAddr } from './headers/name-addr.ts'
import { HOST_BYTES } from './uri-decode.ts'
import { newUri, type UsualReader } from './usual-reader.ts'

/** `["name" | name] <sip[s]:[user@]host[:port]>[;tag=value]`. A proxy checks both and reads neither: three texts, a URI and a Map less for each. */
export class AddressOutline {
  private readonly start: number
  /** Where its `<` is. */
  private readonly open: number
  /** Where the `@` is; -1 without a user. */
  private readonly userEnd: number
  private readonly hostEnd: number
  /** -1 when there is none. */
  private readonly port: number
  /** Where the `>` is: nothing, or `;tag=` and its value, is between that and `end`. */
  private readonly close: number
  private readonly end: number

  constructor(start: number, open: number, userEnd: number, hostEnd: number, port: number, close: number, end: number) {
    this.start = start
    this.open = open
    this.userEnd = userEnd
    this.hostEnd = hostEnd
    this.port = port
    this.close = close
    this.end = end
  }

  /** `text`: of the message, each byte one character. */
  tag(text: string): string | undefined {
    return this.end === this.close + 1 ? undefined : text.substring(this.close + 1 + TAG.length, this.end)
  }

  address(text: string): NameAddr {
    const { open, userEnd } = this
    const scheme = text.charCodeAt(open + 4) === COLON ? 'sip' : 'sips'
    const from = open + 2 + scheme.length
    const user = userEnd < 0 ? undefined : text.substring(from, userEnd)
    const uri = newUri(scheme, user, text.substring(userEnd < 0 ? from : userEnd + 1, this.hostEnd), this.port)
    const tag = this.tag(text)
    const params = tag === undefined ? NO_PARAMS : new Map<string, string>().set('tag', tag)
    return this.start === open ? { uri, params } : { displayName: nameBefore(text, this.start, open), uri, params }
  }
}

/** The one that the rest of the line from `start` is, `reader` left behind it; `undefined` when it has anything else. */
export function outlineAt(reader: UsualReader, start: number, end: number): AddressOutline | undefined {
  const { bytes } = reader
  const open = bracketAt(bytes, start, end)
  if (open < 0 || !spells(bytes, open + 1, SIP)) return undefined
  const from = bytes[open + 4] === COLON ? open + 5 : open + 6
  if (bytes[from - 1] !== COLON || (from === open + 6 && bytes[from - 2] !== SIP[0])) return undefined
  let i = from
  while (i < end && (CLASS[bytes[i]!]! & USER) !== 0) i++
  const userEnd = bytes[i] === AT && i > from ? i : -1
  const host = userEnd < 0 ? from : userEnd + 1
  i = host
  while (i < end && (CLASS[bytes[i]!]! & (HOST | UPPER)) === HOST) i++
  if (i === host || i - host > HOST_BYTES) return undefined
  return portAndTag(reader, start, open, userEnd, i, end)
}

function portAndTag(
  reader: UsualReader,
  start: number,
  open: number,
  userEnd: number,
  hostEnd: number,
  end: number,
): AddressOutline | undefined {
  const { bytes } = reader
  let port = -1
  reader.at = hostEnd
  if (bytes[hostEnd] === COLON) {
    reader.at = hostEnd + 1
    reader.end = end
    port = reader.decimal(65_535)
    if (port < 0) return undefined
  }
  const close = reader.at
  if (bytes[close] !== GREATER) return undefined
  let i = close + 1
  if (bytes[i] === SEMICOLON) {
    if (!spells(bytes, i, TAG)) return undefined
    i += TAG.length
    while (i < end && VALUE[bytes[i]!] === 1) i++
  }
  reader.at = i
  return i < end && bytes[i] === CR ? new AddressOutline(start, open, userEnd, hostEnd, port, close, i) : undefined
}

/**
 * Where the `<` is: at once, behind a name between quotes (visible ASCII and blanks, nothing escaped) or behind one token, and perhaps a blank;
 * -1 when the name is another. A Contact may be `*`, so no name that starts with it is usual.
 */
export function bracketAt(bytes: Uint8Array, start: number, end: number): number {
  let i = start
  if (bytes[i] === QUOTE) {
    i++
    while (i < end && bytes[i] !== QUOTE && bytes[i] !== BACKSLASH && bytes[i]! >= 32 && bytes[i]! < 127) i++
    if (i >= end || bytes[i++] !== QUOTE) return -1
  } else if (bytes[i] !== STAR) while (i < end && (CLASS[bytes[i]!]! & TOKEN) !== 0) i++
  if (i > start && bytes[i] === SP) i++
  return i < end && bytes[i] === LESS ? i : -1
}

/** The name from `start` to the `<` that {@link bracketAt} found. */
export function nameBefore(text: string, start: number, open: number): string {
  const end = text.charCodeAt(open - 1) === SP ? open - 1 : open
  return text.charCodeAt(start) === QUOTE ? text.substring(start + 1, end - 1) : text.substring(start, end)
}

function spells(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false
  return true
}

const codes = (text: string): Uint8Array => Uint8Array.from(text, character => character.charCodeAt(0))

const SIP = codes('sip')
const TAG = codes(';tag=')
const NO_PARAMS: ReadonlyMap<string, string> = new Map()
const CR = 13
const SP = 32
const QUOTE = 34
const STAR = 42
const COLON = 58
const SEMICOLON = 59
const LESS = 60
const GREATER = 62
const AT = 64
const BACKSLASH = 92

/** Splits an SDP into its lines and sections, keeping every byte. RFC 8866 §5, §9. */
import { latin1, type SdpText } from './bytes.ts'
import { malformed, type SdpMalformed } from './errors.ts'

/** One line of an SDP. */
export interface SdpLine {
  /** The letter before `=`; empty for a blank line, whose `value` is the white space in it. */
  readonly type: string
  /** What stands after `=`, up to the line's end. */
  readonly value: string
  /** How this line ends; empty only where the last line has no end. */
  readonly end: '\r\n' | '\n' | ''
}

/** What an SDP may measure before it is refused unread. */
export interface SdpLimits {
  /** In bytes. Default 65536. */
  readonly maxBytes?: number
  /** Number of lines. Default 4096. */
  readonly maxLines?: number
  /** Number of m-lines. Default 512. */
  readonly maxMedia?: number
}

/** The lines of the session part first, then one list for each m-line, which is the first line of its list. */
export type SdpSections = [session: SdpLine[], ...media: SdpLine[][]]

/**
 * The sections of `sdp`, or `undefined` where it is no SDP: it does not begin with `v=0`, a line is not `letter=value`,
 * a value holds NUL or a bare CR (RFC 8866 §9, `byte-string`), or a limit is passed. Blank lines are kept and mean nothing.
 * Deviation: lines ended by LF alone are accepted (RFC 8866 §5 says parsers should), and so is a missing last line end.
 */
export function splitSdp(sdp: SdpText, limits: SdpLimits = {}): SdpSections | undefined {
  const sections = readSections(sdp, limits)
  return 'kind' in sections ? undefined : sections
}

/** The same, saying what is wrong and in which line. */
export function readSections(sdp: SdpText, limits: SdpLimits = {}): SdpSections | SdpMalformed {
  if (sdp.length > (limits.maxBytes ?? MAX_BYTES)) return malformed('too-large', 1)
  const lines = readLines(typeof sdp === 'string' ? sdp : latin1(sdp), limits.maxLines ?? MAX_LINES)
  if (!Array.isArray(lines)) return lines
  if (lines[0]?.type !== 'v' || lines[0].value.trimEnd() !== '0') return malformed('no-version', 1)
  const sections: SdpSections = [[]]
  for (const line of lines) {
    if (line.type === 'm') sections.push([])
    sections[sections.length - 1]!.push(line)
  }
  return sections.length - 1 > (limits.maxMedia ?? MAX_MEDIA) ? malformed('too-many-media', lines.length) : sections
}

/** The text of one line, its end included. */
export function lineText(line: SdpLine): string {
  return line.type === '' ? line.value + line.end : `${line.type}=${line.value}${line.end}`
}

function readLines(text: string, maxLines: number): SdpLine[] | SdpMalformed {
  const lines: SdpLine[] = []
  if (NOT_A_BYTE.test(text)) return malformed('bad-byte', 1)
  const clean = !FORBIDDEN_ANYWHERE.test(text)
  for (let from = 0; from < text.length; ) {
    if (lines.length === maxLines) return malformed('too-many-lines', lines.length)
    const feed = text.indexOf('\n', from)
    const line = readLine(text, from, feed, clean)
    if (typeof line === 'string') return malformed(line, lines.length + 1)
    lines.push(line)
    from = feed < 0 ? text.length : feed + 1
  }
  return lines
}

/** `clean`: there is no forbidden byte in all of the text. */
function readLine(text: string, from: number, feed: number, clean: boolean): SdpLine | 'bad-byte' | 'bad-line' {
  const returns = feed > from && text.charCodeAt(feed - 1) === CR
  const end = feed < 0 ? '' : returns ? '\r\n' : '\n'
  const stop = feed < 0 ? text.length : feed - (returns ? 1 : 0)
  if (!clean && FORBIDDEN.test(text.slice(from, stop))) return 'bad-byte'
  const letter = text.charCodeAt(from)
  if (letter >= SMALL_A && letter <= SMALL_Z && stop - from >= 2 && text.charCodeAt(from + 1) === EQUALS) {
    return { type: text[from]!, value: text.slice(from + 2, stop), end }
  }
  const line = text.slice(from, stop)
  return line.trim() === '' ? { type: '', value: line, end } : 'bad-line'
}

const MAX_BYTES = 65_536
const MAX_LINES = 4096
const MAX_MEDIA = 512
const CR = 13
const SMALL_A = 0x61
const SMALL_Z = 0x7a
const EQUALS = 0x3d
/** What RFC 8866 §9 excludes from a value, the line feed aside. */
const FORBIDDEN = /[\0\r]/
/** The same in a whole text, whose lines may end with CR LF. */
const FORBIDDEN_ANYWHERE = /\0|\r(?!\n)/
const NOT_A_BYTE = /[^\0-\xff]/

/** Reads the headers that every message has as nearly everybody writes them; what is unusual is left to the grammar. RFC 3261 §20. */
import { CLASS, TOKEN, UPPER } from './characters.ts'
import type { HeaderDef } from './header-def.ts'
import { HEADER_IDS, headerId } from './header-names.ts'
import { CallId } from './headers/call-id.ts'
import { Contact } from './headers/contact.ts'
import { ContentLength } from './headers/content-length.ts'
import { CSeq } from './headers/cseq.ts'
import { From } from './headers/from.ts'
import { MaxForwards } from './headers/max-forwards.ts'
import type { NameAddr } from './headers/name-addr.ts'
import { RecordRoute } from './headers/record-route.ts'
import { Route } from './headers/route.ts'
import { To } from './headers/to.ts'
import { Via } from './headers/via.ts'
import { methodAt } from './methods.ts'
import type { UsualReader } from './usual-reader.ts'
import { usualVia } from './usual-via.ts'

/**
 * The first value of header `id` between `start` and `end`, exactly as the grammar of `def` gives it; `undefined` when only the grammar can tell.
 * There is a blank neither at `start` nor before `end`.
 */
export function usualValue(reader: UsualReader, def: HeaderDef<unknown>, id: number, start: number, end: number): unknown {
  if (DEFS[id] !== def) return undefined
  reader.at = start
  reader.end = end
  switch (KINDS[id]) {
    case VIA:
      return usualVia(reader)
    case ADDRESS:
      return address(reader, false)
    case ADDRESSES:
      return address(reader, true)
    case CALL_ID:
      return callId(reader)
    case CSEQ:
      return cseq(reader)
    case MAX_FORWARDS:
      return number(reader, 255)
    default:
      return number(reader, 2 ** 31 - 1)
  }
}

/** `["name" | name] <URI> *(;name[=value])`; the first of several where `list`. */
function address(reader: UsualReader, list: boolean): NameAddr | undefined {
  const { bytes, end } = reader
  const displayName = bytes[reader.at] === LESS ? undefined : bytes[reader.at] === QUOTE ? quotedName(reader) : plainName(reader)
  const from = reader.at
  if (from >= end || bytes[from] !== LESS) return undefined
  const uri = reader.uri(from + 1, end)
  if (uri === undefined || reader.at >= end || bytes[reader.at++] !== GREATER) return undefined
  const params = reader.at < end && bytes[reader.at] === SEMICOLON ? addressParams(reader) : NO_PARAMS
  if (params === undefined || (reader.at < end && !(list && bytes[reader.at] === COMMA))) return undefined
  return displayName === undefined ? { uri, params } : { displayName, uri, params }
}

/** Between quotes, visible ASCII and blanks, nothing escaped; up to the `<`. */
function quotedName(reader: UsualReader): string {
  const { bytes, end } = reader
  const start = reader.at + 1
  let i = start
  while (i < end && bytes[i] !== QUOTE && bytes[i] !== BACKSLASH && bytes[i]! >= 32 && bytes[i]! < 127) i++
  reader.at = i
  if (i >= end || bytes[i] !== QUOTE) return ''
  reader.at = bytes[i + 1] === SP ? i + 2 : i + 1
  return reader.source.asciiText(start, i)
}

/** One token and perhaps a blank, up to the `<`. A Contact may be `*`, so no name that starts with it is usual. */
function plainName(reader: UsualReader): string {
  const { bytes, end } = reader
  const start = reader.at
  let i = start
  while (i < end && (CLASS[bytes[i]!]! & TOKEN) !== 0) i++
  if (bytes[start] !== STAR) reader.at = bytes[i] === SP ? i + 1 : i
  return i === start ? '' : reader.source.asciiText(start, i)
}

function addressParams(reader: UsualReader): ReadonlyMap<string, string> | undefined {
  const { bytes, end } = reader
  const params = new Map<string, string>()
  while (reader.at < end && bytes[reader.at] === SEMICOLON) {
    const name = paramName(reader)
    if (name === '' || (params.size > 0 && params.has(name))) return undefined
    params.set(name, reader.at < end && bytes[reader.at] === EQUALS ? reader.paramValue() : '')
  }
  return params
}

function paramName(reader: UsualReader): string {
  const { bytes, end } = reader
  const start = reader.at + 1
  let i = start
  while (i < end && (CLASS[bytes[i]!]! & (TOKEN | UPPER)) === TOKEN) i++
  reader.at = i
  if (i - start === 3 && bytes[start] === 116 && bytes[start + 1] === 97 && bytes[start + 2] === 103) return 'tag'
  return reader.source.asciiText(start, i)
}

/** Visible ASCII. */
function callId({ source, bytes, at, end }: UsualReader): string | undefined {
  let i = at
  while (i < end && bytes[i]! > 32 && bytes[i]! < 127) i++
  return i === end && i > at ? source.asciiText(at, end) : undefined
}

/** Number, one blank, method. */
function cseq(reader: UsualReader): CSeq | undefined {
  const { bytes, end } = reader
  const sequence = reader.decimal(2 ** 31 - 1)
  const from = reader.at + 1
  if (sequence < 0 || from >= end || bytes[from - 1] !== SP) return undefined
  let i = from
  while (i < end && (CLASS[bytes[i]!]! & TOKEN) !== 0) i++
  return i === end && i > from ? { sequence, method: methodAt(reader.source, from, end) } : undefined
}

function number(reader: UsualReader, most: number): number | undefined {
  const value = reader.decimal(most)
  return value >= 0 && reader.at === reader.end ? value : undefined
}

const VIA = 1
const ADDRESS = 2
const ADDRESSES = 3
const CALL_ID = 4
const CSEQ = 5
const MAX_FORWARDS = 6
const CONTENT_LENGTH = 7

const USUAL: readonly (readonly [def: HeaderDef<unknown>, kind: number])[] = [
  [Via, VIA],
  [From, ADDRESS],
  [To, ADDRESS],
  [Contact, ADDRESSES],
  [Route, ADDRESSES],
  [RecordRoute, ADDRESSES],
  [CallId, CALL_ID],
  [CSeq, CSEQ],
  [MaxForwards, MAX_FORWARDS],
  [ContentLength, CONTENT_LENGTH],
]

/** By header id. */
const KINDS: number[] = new Array<number>(HEADER_IDS).fill(0)
const DEFS: (HeaderDef<unknown> | undefined)[] = new Array<HeaderDef<unknown> | undefined>(HEADER_IDS).fill(undefined)
for (const [def, kind] of USUAL) {
  KINDS[headerId(def.name)] = kind
  DEFS[headerId(def.name)] = def
}

const NO_PARAMS: ReadonlyMap<string, string> = new Map()
const SP = 32
const QUOTE = 34
const STAR = 42
const COMMA = 44
const SEMICOLON = 59
const LESS = 60
const EQUALS = 61
const GREATER = 62
const BACKSLASH = 92

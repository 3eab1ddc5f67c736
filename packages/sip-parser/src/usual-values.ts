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
import { type AddressOutline, bracketAt, nameBefore, outlineAt } from './usual-address.ts'
import type { UsualReader } from './usual-reader.ts'
import { usualVia, type ViaOutline } from './usual-via.ts'

/** Number of a header that is read here, by its definition; -1 for any other. */
export function slotOf(def: HeaderDef<unknown>): number {
  switch (def) {
    case Via:
      return VIA
    case CSeq:
      return CSEQ
    case To:
      return TO
    case From:
      return FROM
    case CallId:
      return CALL_ID
    case MaxForwards:
      return MAX_FORWARDS
    case Route:
      return ROUTE
    case ContentLength:
      return CONTENT_LENGTH
    case Contact:
      return CONTACT
    default:
      return def === RecordRoute ? RECORD_ROUTE : -1
  }
}

/** Header id of `def`: see {@link headerId}. */
export function idOf(def: HeaderDef<unknown>): number {
  const slot = slotOf(def)
  return slot < 0 ? headerId(def.name) : IDS[slot]!
}

/**
 * The first value on a line, between `start` and `end`, exactly as the grammar gives it; `undefined` when only the grammar can tell.
 * There is a blank neither at `start` nor before `end`.
 */
export function firstUsual(reader: UsualReader, slot: number, start: number, end: number): unknown {
  const value = usualValue(reader, slot, start, end)
  return reader.at === end || (USUAL[slot]!.list && reader.bytes[reader.at] === COMMA) ? value : undefined
}

/**
 * The value from `start`, up to the first byte that cannot be part of one, which `at` is left on. The caller makes sure that this is where the
 * value ends.
 */
export function usualValue(reader: UsualReader, slot: number, start: number, end: number): unknown {
  reader.at = start
  reader.end = end
  switch (slot) {
    case VIA:
      return usualVia(reader)?.via(reader.text)
    case CALL_ID:
      return skipCallId(reader) ? reader.text.substring(start, reader.at) : undefined
    case CSEQ:
      return cseq(reader)
    case MAX_FORWARDS:
      return number(reader, 255)
    case CONTENT_LENGTH:
      return number(reader, 2 ** 31 - 1)
    default:
      return address(reader)
  }
}

/** The same in a scan, where the rest of the line is to be stepped over: what is text is not cut out before somebody asks. */
export function scannedValue(reader: UsualReader, slot: number, start: number, end: number): unknown {
  if (slot <= CALL_ID) {
    const outline = outlineOf(reader, slot, start, end)
    if (outline !== undefined) return outline
  }
  return usualValue(reader, slot, start, end)
}

/** Of Via, From and To where their parts are; of Call-ID that it is {@link SOUND}. */
function outlineOf(reader: UsualReader, slot: number, start: number, end: number): ViaOutline | AddressOutline | typeof SOUND | undefined {
  if (slot === FROM || slot === TO) return outlineAt(reader, start, end)
  reader.at = start
  reader.end = end
  if (slot === VIA) return usualVia(reader)
  return skipCallId(reader) ? SOUND : undefined
}

/** Stands for a value that can be read, and is when somebody asks. */
export const SOUND = true

/** `["name" | name] <URI> *(;name[=value])` */
function address(reader: UsualReader): NameAddr | undefined {
  const { bytes, end } = reader
  const start = reader.at
  const open = bracketAt(bytes, start, end)
  if (open < 0) return undefined
  const displayName = open === start ? undefined : nameBefore(reader.text, start, open)
  const uri = reader.uri(open + 1, end)
  if (uri === undefined || reader.at >= end || bytes[reader.at++] !== GREATER) return undefined
  const params = reader.at < end && bytes[reader.at] === SEMICOLON ? addressParams(reader) : NO_PARAMS
  if (params === undefined) return undefined
  return displayName === undefined ? { uri, params } : { displayName, uri, params }
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
  return reader.text.substring(start, i)
}

/** Visible ASCII; whether there is any. */
function skipCallId(reader: UsualReader): boolean {
  const { bytes, at, end } = reader
  let i = at
  while (i < end && bytes[i]! > 32 && bytes[i]! < 127) i++
  reader.at = i
  return i > at
}

/** Number, one blank, method. */
function cseq(reader: UsualReader): CSeq | undefined {
  const { bytes, end } = reader
  const sequence = reader.decimal(2 ** 31 - 1)
  const from = reader.at + 1
  if (sequence < 0 || from >= end || bytes[from - 1] !== SP) return undefined
  let i = from
  while (i < end && (CLASS[bytes[i]!]! & TOKEN) !== 0) i++
  reader.at = i
  return i > from ? { sequence, method: methodAt(bytes, from, i) ?? reader.text.substring(from, i) } : undefined
}

function number(reader: UsualReader, most: number): number | undefined {
  const value = reader.decimal(most)
  return value >= 0 ? value : undefined
}

export const VIA = 0
const FROM = 1
const TO = 2
const CALL_ID = 3
export const CSEQ = 4
const MAX_FORWARDS = 5
export const CONTENT_LENGTH = 6
const CONTACT = 7
const ROUTE = 8
const RECORD_ROUTE = 9
/** `parse` reads those before it. */
export const CHECKED_SLOTS = 7

/** By slot. */
const USUAL: readonly HeaderDef<unknown>[] = [Via, From, To, CallId, CSeq, MaxForwards, ContentLength, Contact, Route, RecordRoute]

const IDS: readonly number[] = USUAL.map(({ name }) => headerId(name))

/** Nothing read yet, for each slot. */
export const noValues = (): unknown[] => [NO, NO, NO, NO, NO, NO, NO, NO, NO, NO]
const NO = undefined

/** By header id; -1 where there is none. */
export const SLOTS: Int8Array = new Int8Array(HEADER_IDS).fill(-1)
USUAL.forEach((def, slot) => {
  SLOTS[headerId(def.name)] = slot
})

const NO_PARAMS: ReadonlyMap<string, string> = new Map()
const SP = 32
const COMMA = 44
const SEMICOLON = 59
const EQUALS = 61
const GREATER = 62

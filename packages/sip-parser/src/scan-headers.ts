/** Finds the header lines of a message in one pass; decodes nothing. RFC 3261 §7.3.1. */
import { CLASS, SPACE, TOKEN } from './characters.ts'
import type { ParseErrorCode } from './errors.ts'
import { headerIdAt } from './header-names.ts'
import { Headers, type Problem, STRIDE } from './headers.ts'
import { KNOWN_IDS, KNOWN_LENGTHS, knownNameAt } from './known-names.ts'
import { shared } from './line-list.ts'
import { Source } from './source.ts'
import { UsualReader } from './usual-reader.ts'
import { CHECKED_SLOTS, noValues, SLOTS, SOUND, scannedValue, VIA } from './usual-values.ts'

/** Reads header lines from `start`, after the start line, to the empty line. A bad line is noted, left out, and reading goes on. */
export function scanHeaders(bytes: Uint8Array, start: number, headerCount: number): Headers {
  return scan(readerOf(bytes), start, headerCount)
}

/** The same where a reader is there already. */
export function scan(reader: UsualReader, start: number, headerCount: number): Headers {
  return new HeaderScan(reader, start).run(headerCount)
}

/** Walks the first bytes of a message: all of the header, nearly always. */
export function readerOf(bytes: Uint8Array): UsualReader {
  return new UsualReader(bytes, Math.min(bytes.length, FIRST_BYTES))
}

/**
 * Values that `parse` checks are read here, where they are usual, which finds the ends of their lines as well. A line that is anything but
 * `Name: value` and CRLF takes the way through each of its bytes.
 */
class HeaderScan {
  private readonly reader: UsualReader
  private readonly bytes: Uint8Array
  private readonly start: number
  private readonly values: unknown[]
  private at: number
  /** How much of {@link found} there is. */
  private found: number
  /** Of the headers that `parse` checks, a bit for each slot: there is a line of it. */
  private met: number
  /** Whether one of them was not read, or is there twice. */
  private unchecked: boolean
  private problem: Problem | undefined
  /** Lone CRs and LFs so far. */
  private loneBreaks: number

  /** `start`: behind the start line. */
  constructor(reader: UsualReader, start: number) {
    this.reader = reader
    this.bytes = reader.bytes
    this.start = start
    this.values = noValues()
    this.at = start
    this.found = 0
    this.met = 0
    this.unchecked = false
    this.problem = undefined
    this.loneBreaks = 0
  }

  run(headerCount: number): Headers {
    const { bytes } = this
    let count = 0
    while (this.at < bytes.length && (bytes[this.at] !== CR || !isBreak(bytes, this.at))) {
      if (++count > headerCount) {
        this.note('too-large', this.at)
        break
      }
      const next = this.plainLine(this.at)
      if (next < 0) this.line()
      else this.at = next
    }
    const { at } = this
    const ended = isBreak(bytes, at)
    if (!ended) this.note('truncated', at)
    found[this.found++] = at
    const source = new Source(bytes, at, false, this.reader.made)
    const lines = shared(found, this.found)
    return new Headers(
      source,
      this.start,
      lines,
      this.found,
      ended ? at + 2 : bytes.length,
      this.problem,
      this.values,
      this.met,
      this.unchecked,
    )
  }

  /** Where the line after this one starts; -1, and nothing done, unless it has a name we know, directly before its colon, and one CRLF. */
  private plainLine(at: number): number {
    const { bytes } = this
    const name = knownNameAt(bytes, at)
    if (name < 0) return -1
    const id = KNOWN_IDS[name]!
    let from = at + KNOWN_LENGTHS[name]! + 1
    while (isBlank(bytes[from])) from++
    const slot = SLOTS[id]!
    if (slot >= 0 && slot < CHECKED_SLOTS && this.isRead(slot, from)) {
      const to = this.reader.at
      this.found = push(this.found, id, at, from, to)
      return to + 2
    }
    return this.searchedLine(id, at, from)
  }

  /** Whether this is the first line of a checked header and has one usual value and its CRLF behind it, where the reader is left. */
  private isRead(slot: number, from: number): boolean {
    const { bytes, reader, met } = this
    const bit = 1 << slot
    this.met = met | bit
    if ((met & bit) !== 0) {
      if (slot !== VIA) this.unchecked = true
      return false
    }
    const value = scannedValue(reader, slot, from, reader.most)
    if (value === undefined || !isLineEnd(bytes, reader.at)) {
      this.unchecked = true
      return false
    }
    if (value !== SOUND) this.values[slot] = value
    return true
  }

  private searchedLine(id: number, at: number, from: number): number {
    const { bytes } = this
    let end = from
    while (bytes[end]! > CR || (bytes[end] !== CR && bytes[end] !== LF && end < bytes.length)) end++
    if (!isLineEnd(bytes, end)) return -1
    let to = end
    while (to > from && isBlank(bytes[to - 1])) to--
    this.found = push(this.found, id, at, from, to)
    return end + 2
  }

  private line(): void {
    const { bytes } = this
    const start = this.at
    const { length } = bytes
    let i = start
    while (i < length && (CLASS[bytes[i]!]! & TOKEN) !== 0) i++
    const nameEnd = i
    while (i < length && (bytes[i] === SP || bytes[i] === TAB)) i++
    if (bytes[i] !== COLON || nameEnd === start) {
      this.note(i > start && nameEnd === start && start === this.start ? 'folding' : 'header-name', i)
      this.value(i)
      return
    }
    const { loneBreaks } = this
    const end = this.value(i + 1)
    if (end >= 0 && this.loneBreaks === loneBreaks) this.add(start, nameEnd, i + 1, end)
  }

  /** Notes a sound line; blanks around its value are left out. */
  private add(start: number, nameEnd: number, from: number, to: number): void {
    const { bytes } = this
    let i = from
    while (i < to && (CLASS[bytes[i]!]! & SPACE) !== 0) i++
    let end = to
    while (end > i && (CLASS[bytes[end - 1]!]! & SPACE) !== 0) end--
    const id = headerIdAt(bytes, start, nameEnd - start)
    const slot = SLOTS[id]!
    if (slot >= 0 && slot < CHECKED_SLOTS) {
      this.met |= 1 << slot
      this.unchecked = true
    }
    this.found = push(this.found, id, start, i, end)
  }

  /** Steps over a value, folds and the line end included, and returns where its CRLF is; -1 when it has none. */
  private value(from: number): number {
    const { bytes } = this
    const { length } = bytes
    let i = from
    for (;;) {
      while (i < length && bytes[i]! >= 32) i++
      if (i >= length) {
        this.at = length
        return -1
      }
      const next = this.afterControl(i)
      if (next < 0) return i
      i = next
    }
  }

  /** After a control byte or fold inside a value; -1 at the end of the line, which is stepped over. */
  private afterControl(i: number): number {
    const { bytes } = this
    if (isBreak(bytes, i)) {
      if (bytes[i + 2] === SP || bytes[i + 2] === TAB) return i + 3
      this.at = i + 2
      return -1
    }
    if (bytes[i] === CR || bytes[i] === LF) {
      this.note('folding', i)
      this.loneBreaks++
    }
    return i + 1
  }

  private note(code: ParseErrorCode, offset: number): void {
    this.problem ??= { code, offset }
  }
}

function push(at: number, id: number, start: number, from: number, to: number): number {
  found[at] = id
  found[at + 1] = start
  found[at + 2] = from
  found[at + 3] = to
  return at + STRIDE
}

const isBlank = (byte: number | undefined): boolean => byte === SP || byte === TAB
/** A CRLF that no fold follows. */
const isLineEnd = (bytes: Uint8Array, i: number): boolean =>
  i + 2 < bytes.length && bytes[i] === CR && bytes[i + 1] === LF && bytes[i + 2] !== SP && bytes[i + 2] !== TAB
const isBreak = (bytes: Uint8Array, i: number): boolean => bytes[i] === CR && bytes[i + 1] === LF

const TAB = 9
const LF = 10
const CR = 13
const SP = 32
const COLON = 58

/** Headers end well before; bodies do not matter here. */
const FIRST_BYTES = 4096

/** Where a scan puts what it finds, before that is copied in its true size; the next scan starts anew. */
const found: number[] = []

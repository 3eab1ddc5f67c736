/** Finds the header lines of a message in one pass; decodes nothing. RFC 3261 §7.3.1. */
import { CLASS, SPACE, TOKEN } from './characters.ts'
import type { ParseErrorCode } from './errors.ts'
import { headerIdAt } from './header-names.ts'
import { Headers, type Problem } from './headers.ts'
import { Source } from './source.ts'

/** Reads header lines from `start`, after the start line, to the empty line. A bad line is noted, left out, and reading goes on. */
export function scanHeaders(bytes: Uint8Array, start: number, headerCount: number): Headers {
  return new HeaderScan(bytes, start).run(headerCount)
}

class HeaderScan {
  private readonly bytes: Uint8Array
  private readonly start: number
  private readonly lines: number[] = []
  private at: number
  /** All bytes or-ed: tells ASCII from the rest. */
  private bits: number
  private problem: Problem | undefined = undefined
  /** Lone CRs and LFs so far. */
  private loneBreaks = 0

  constructor(bytes: Uint8Array, start: number) {
    this.bytes = bytes
    this.start = start
    this.at = start
    let bits = 0
    for (let i = 0; i < start; i++) bits |= bytes[i]!
    this.bits = bits
  }

  run(headerCount: number): Headers {
    const { bytes } = this
    let count = 0
    while (this.at < bytes.length && !isBreak(bytes, this.at)) {
      if (++count > headerCount) {
        this.note('too-large', this.at)
        break
      }
      this.line()
    }
    const ended = isBreak(bytes, this.at)
    if (!ended) this.note('truncated', this.at)
    this.lines.push(this.at)
    const source = new Source(bytes, this.at, this.bits < 0x80)
    return new Headers(source, this.start, this.lines, ended ? this.at + 2 : bytes.length, this.problem)
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
    this.lines.push(headerIdAt(bytes, start, nameEnd - start), start, i, end)
  }

  /** Steps over a value, folds and the line end included, and returns where its CRLF is; -1 when it has none. */
  private value(from: number): number {
    const { bytes } = this
    const { length } = bytes
    let i = from
    for (;;) {
      let bits = this.bits
      while (i < length && bytes[i]! >= 32) bits |= bytes[i++]!
      this.bits = bits
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

const isBreak = (bytes: Uint8Array, i: number): boolean => bytes[i] === CR && bytes[i + 1] === LF

const TAB = 9
const LF = 10
const CR = 13
const SP = 32
const COLON = 58

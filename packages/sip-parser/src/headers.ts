/** The header section of one message: where each line is, decoded when asked. RFC 3261 §7.3. */
import { ByteCursor, unfold } from './byte-cursor.ts'
import { CLASS, TOKEN } from './characters.ts'
import { type Element, elementAt, elementEnd } from './elements.ts'
import type { ParseErrorCode } from './errors.ts'
import type { HeaderDef } from './header-def.ts'
import { headerId, matches } from './header-names.ts'
import type { Source } from './source.ts'
import { UsualReader } from './usual-reader.ts'
import { usualValue } from './usual-values.ts'

/** What reading one header field gave: absent and broken are two things. */
export type Read<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'malformed'; readonly offset: number }

export interface HeaderView extends Iterable<{ readonly name: string; readonly value: string }> {
  /** First value, decoded on first use and kept; `undefined` when absent or broken. */
  get<T>(def: HeaderDef<T>): T | undefined
  /** The same with the third case told apart: a value that does not match the grammar. */
  read<T>(def: HeaderDef<T>): Read<T>
  /** All values that match, top to bottom, commas split; {@link readAll} tells whether one did not. */
  all<T>(def: HeaderDef<T>): readonly T[]
  /** All values or, when one of them does not match the grammar, where. */
  readAll<T>(def: HeaderDef<T>): Read<readonly T[]>
  has(def: HeaderDef<unknown>): boolean
  /** As received (folds read as one space), line by line, for a header nobody defined. */
  raw(name: string): readonly string[]
}

export interface Problem {
  readonly code: ParseErrorCode
  readonly offset: number
}

/** Numbers per line in {@link Headers.lines}: header id, line start, value start, value end (blanks trimmed). */
export const STRIDE = 4

export class Headers implements HeaderView {
  readonly source: Source
  readonly reader: UsualReader
  /** First byte of the first line. */
  readonly start: number
  /** STRIDE numbers per line, then one more: where the empty line starts. */
  readonly lines: readonly number[]
  /** First byte after the empty line. */
  readonly bodyStart: number
  /** The first line that is not a header field, if any; such lines are not in `lines`. */
  readonly problem: Problem | undefined
  private readonly kept: Kept[] = []

  constructor(source: Source, start: number, lines: readonly number[], bodyStart: number, problem: Problem | undefined) {
    this.source = source
    this.reader = new UsualReader(source)
    this.start = start
    this.lines = lines
    this.bodyStart = bodyStart
    this.problem = problem
  }

  get<T>(def: HeaderDef<T>): T | undefined {
    return this.first(def).value as T | undefined
  }

  read<T>(def: HeaderDef<T>): Read<T> {
    const { found, offset, value } = this.first(def)
    if (!found) return { kind: 'absent' }
    return value === undefined ? { kind: 'malformed', offset } : { kind: 'value', value: value as T }
  }

  all<T>(def: HeaderDef<T>): readonly T[] {
    return this.every(def).values as readonly T[]
  }

  readAll<T>(def: HeaderDef<T>): Read<readonly T[]> {
    const { values, offset } = this.every(def)
    if (offset >= 0) return { kind: 'malformed', offset }
    return values.length === 0 && !this.has(def) ? { kind: 'absent' } : { kind: 'value', value: values as readonly T[] }
  }

  has(def: HeaderDef<unknown>): boolean {
    return this.find(def.name, def.compact, 0) >= 0
  }

  raw(name: string): readonly string[] {
    const values: string[] = []
    for (let k = this.find(name, undefined, 0); k >= 0; k = this.find(name, undefined, k + STRIDE)) values.push(this.value(k))
    return values
  }

  *[Symbol.iterator](): Iterator<{ readonly name: string; readonly value: string }> {
    for (let k = 0; k + STRIDE <= this.lines.length; k += STRIDE) {
      const start = this.lines[k + 1]!
      yield { name: this.source.text(start, this.nameEnd(k)), value: this.value(k) }
    }
  }

  /** Index in `lines` of the next line called `name` (or `compact`) at or after `from`; -1 when there is none. */
  find(name: string, compact: string | undefined, from: number): number {
    const id = headerId(name)
    if (id > 0) return this.findId(id, from)
    const { lines } = this
    for (let k = from; k + STRIDE <= lines.length; k += STRIDE) {
      if (lines[k] === 0 && (this.isCalled(k, name) || (compact !== undefined && this.isCalled(k, compact)))) return k
    }
    return -1
  }

  findId(id: number, from: number): number {
    const { lines } = this
    const last = lines.length - STRIDE
    for (let k = from; k <= last; k += STRIDE) if (lines[k] === id) return k
    return -1
  }

  /** Where the first value of `def` is: the place that `get` reads. */
  locate(def: HeaderDef<unknown>): { readonly line: number; readonly element: Element } | undefined {
    for (let k = this.find(def.name, def.compact, 0); k >= 0; k = this.find(def.name, def.compact, k + STRIDE)) {
      const element = this.elementFrom(def, k, this.lines[k + 2]!)
      if (element !== undefined) return { line: k, element }
    }
    return undefined
  }

  nameEnd(k: number): number {
    const { bytes } = this.source
    let i = this.lines[k + 1]!
    while ((CLASS[bytes[i]!]! & TOKEN) !== 0) i++
    return i
  }

  private value(k: number): string {
    return unfold(this.source.text(this.lines[k + 2]!, this.lines[k + 3]!))
  }

  private isCalled(k: number, name: string): boolean {
    const start = this.lines[k + 1]!
    return this.nameEnd(k) - start === name.length && matches(this.source.bytes, start, name.toLowerCase())
  }

  /** The element at `at` of line `k`; the whole value where the header is no list; nothing in an empty list. */
  private elementFrom(def: HeaderDef<unknown>, k: number, at: number): Element | undefined {
    const end = this.lines[k + 3]!
    if (!def.list) return { start: at, end, next: -1 }
    return at === end ? undefined : elementAt(this.source.bytes, at, end)
  }

  private first(def: HeaderDef<unknown>): Kept {
    const { kept } = this
    for (let i = 0; i < kept.length; i++) if (kept[i]!.def === def) return kept[i]!
    let k = this.find(def.name, def.compact, 0)
    while (k >= 0 && def.list && this.lines[k + 2] === this.lines[k + 3]) k = this.find(def.name, def.compact, k + STRIDE)
    return this.keep(def, k)
  }

  /** Decodes the first value of `def`, which is on line `k` (-1: there is none), and keeps what came of it. */
  keep(def: HeaderDef<unknown>, k: number): Kept {
    const entry: Kept = { def, found: k >= 0, value: undefined, offset: -1, all: undefined }
    if (k >= 0) this.decodeLine(entry, k)
    this.kept.push(entry)
    return entry
  }

  private decodeLine(entry: Kept, k: number): void {
    const { lines, source } = this
    const { def } = entry
    const start = lines[k + 2]!
    const end = lines[k + 3]!
    entry.value = usualValue(this.reader, def, lines[k]!, start, end)
    if (entry.value !== undefined) return
    const cursor = new ByteCursor(source, start, def.list ? elementEnd(source.bytes, start, end) : end)
    entry.value = decodeWith(def, cursor)
    if (entry.value === undefined) entry.offset = cursor.offset
  }

  private every(def: HeaderDef<unknown>): Every {
    const entry = this.first(def)
    entry.all ??= this.decodeEvery(def, entry)
    return entry.all
  }

  private decodeEvery(def: HeaderDef<unknown>, first: Kept): Every {
    const values: unknown[] = first.value === undefined ? [] : [first.value]
    let { offset } = first
    for (const { start, end } of this.elements(def).slice(1)) {
      const cursor = new ByteCursor(this.source, start, end)
      const value = decodeWith(def, cursor)
      if (value !== undefined) values.push(value)
      else if (offset < 0) offset = cursor.offset
    }
    return { values, offset }
  }

  /** Where all values of `def` are. */
  private elements(def: HeaderDef<unknown>): Element[] {
    const found: Element[] = []
    for (let k = this.find(def.name, def.compact, 0); k >= 0; k = this.find(def.name, def.compact, k + STRIDE)) {
      let element = this.elementFrom(def, k, this.lines[k + 2]!)
      while (element !== undefined) {
        found.push(element)
        element = element.next < 0 ? undefined : this.elementFrom(def, k, element.next)
      }
    }
    return found
  }
}

function decodeWith(def: HeaderDef<unknown>, cursor: ByteCursor): unknown {
  const value = def.decode(cursor)
  return cursor.ended ? value : undefined
}

/** What reading the first value of a header gave. */
export interface Kept {
  readonly def: HeaderDef<unknown>
  found: boolean
  value: unknown
  /** Where the first value is broken; -1 when it is not. */
  offset: number
  all: Every | undefined
}

interface Every {
  readonly values: readonly unknown[]
  readonly offset: number
}

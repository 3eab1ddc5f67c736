/** The header section of one message: where each line is, decoded when asked. RFC 3261 §7.3. */
import { ByteCursor, unfold } from './byte-cursor.ts'
import { CLASS, TOKEN } from './characters.ts'
import { type Element, elementAt, elementEnd } from './elements.ts'
import type { ParseErrorCode } from './errors.ts'
import type { HeaderDef } from './header-def.ts'
import { headerId, matches } from './header-names.ts'
import { type NameAddr, tagOf } from './headers/name-addr.ts'
import type { Numbers } from './line-list.ts'
import type { Source } from './source.ts'
import { AddressOutline } from './usual-address.ts'
import { UsualReader } from './usual-reader.ts'
import { firstUsual, idOf, slotOf, VIA } from './usual-values.ts'
import { type ViaBytes, ViaOutline } from './usual-via.ts'

/** What reading one header field gave: absent and broken are two things. */
export type Read<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'malformed'; readonly offset: number }

/** The header fields of a message, read when they are asked for. Iterates over all, in order, as name and text. RFC 3261 §7.3. */
export interface HeaderView extends Iterable<{ readonly name: string; readonly value: string }> {
  /** First value, decoded on first use and kept; `undefined` when absent or broken. */
  get<T>(def: HeaderDef<T>): T | undefined
  /** The same with the third case told apart: a value that does not match the grammar. */
  read<T>(def: HeaderDef<T>): Read<T>
  /** All values that match, top to bottom, commas split; {@link readAll} tells whether one did not. */
  all<T>(def: HeaderDef<T>): readonly T[]
  /** All values or, when one of them does not match the grammar, where. */
  readAll<T>(def: HeaderDef<T>): Read<readonly T[]>
  /** The tag of From or To, the rest of it not decoded. RFC 3261 §19.3. */
  tag(def: HeaderDef<NameAddr>): string | undefined
  /** Where the parts of the top Via are that tell transactions apart; `undefined` when it is absent or not written as usual. RFC 3261 §17.2.3. */
  topVia(): ViaBytes | undefined
  /** Whether there is a line of it, readable or not. */
  has(def: HeaderDef<unknown>): boolean
  /** As received (folds read as one space), line by line, for a header nobody defined. */
  raw(name: string): readonly string[]
}

export interface Problem {
  readonly code: ParseErrorCode
  readonly offset: number
}

/** Where a value is: its line, as an index for {@link Headers.at}, and its bytes there. */
export interface Place extends Element {
  readonly line: number
}

/** Numbers per line that {@link Headers.at} gives: header id, line start, value start, value end (blanks trimmed). */
export const STRIDE = 4

export class Headers implements HeaderView {
  readonly source: Source
  /** First byte of the first line. */
  readonly start: number
  private readonly numbers: Int32Array
  private readonly base: number
  /** How many numbers {@link at} has: STRIDE per line, then one more: where the empty line starts. */
  readonly length: number
  /** First byte after the empty line. */
  readonly bodyStart: number
  /** The first line that is not a header field, if any; such lines are left out. */
  readonly problem: Problem | undefined
  /** First values by slot: `undefined` or an outline before they are asked for, {@link NONE} when there is none or it is broken. */
  private readonly values: unknown[]
  /** Of the headers that `parse` checks, a bit for each slot: there is a line of it. */
  readonly met: number
  /** Whether one of them was not read yet, or is there twice. */
  readonly unchecked: boolean
  /** Of headers without a slot: definition, its first value, and so on. */
  private others: unknown[] | undefined
  /** Definition, {@link Every}, and so on. */
  private lists: unknown[] | undefined

  constructor(
    source: Source,
    start: number,
    { all, base }: Numbers,
    length: number,
    bodyStart: number,
    problem: Problem | undefined,
    values: unknown[],
    met: number,
    unchecked: boolean,
  ) {
    this.source = source
    this.start = start
    this.numbers = all
    this.base = base
    this.length = length
    this.bodyStart = bodyStart
    this.problem = problem
    this.values = values
    this.met = met
    this.unchecked = unchecked
    this.others = undefined
    this.lists = undefined
  }

  at(i: number): number {
    return this.numbers[this.base + i]!
  }

  get<T>(def: HeaderDef<T>): T | undefined {
    return this.first(def) as T | undefined
  }

  read<T>(def: HeaderDef<T>): Read<T> {
    const value = this.first(def)
    if (value !== undefined) return { kind: 'value', value: value as T }
    const k = this.firstLine(def)
    return k < 0 ? { kind: 'absent' } : { kind: 'malformed', offset: this.brokenAt(def, k) }
  }

  all<T>(def: HeaderDef<T>): readonly T[] {
    return this.every(def).values as readonly T[]
  }

  readAll<T>(def: HeaderDef<T>): Read<readonly T[]> {
    const { values, offset } = this.every(def)
    if (offset >= 0) return { kind: 'malformed', offset }
    return values.length === 0 && !this.has(def) ? { kind: 'absent' } : { kind: 'value', value: values as readonly T[] }
  }

  tag(def: HeaderDef<NameAddr>): string | undefined {
    const known = this.values[slotOf(def)]
    if (known instanceof AddressOutline) return known.tag(this.source.latin1)
    const address = this.get(def)
    return address === undefined ? undefined : tagOf(address)
  }

  topVia(): ViaBytes | undefined {
    const known = this.values[VIA]
    return known instanceof ViaOutline ? known : undefined
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
    for (let k = 0; k + STRIDE <= this.length; k += STRIDE) {
      const start = this.at(k + 1)
      yield { name: this.source.text(start, this.nameEnd(k)), value: this.value(k) }
    }
  }

  /** Index of the next line called `name` (or `compact`) at or after `from`; -1 when there is none. */
  find(name: string, compact: string | undefined, from: number, id: number = headerId(name)): number {
    if (id > 0) return this.findId(id, from)
    for (let k = from; k + STRIDE <= this.length; k += STRIDE) {
      if (this.at(k) === 0 && (this.isCalled(k, name) || (compact !== undefined && this.isCalled(k, compact)))) return k
    }
    return -1
  }

  findId(id: number, from: number): number {
    const { numbers, base } = this
    const end = base + this.length - STRIDE
    for (let k = base + from; k <= end; k += STRIDE) if (numbers[k] === id) return k - base
    return -1
  }

  /** Where the first value of `def` is: the place that `get` reads. */
  locate(def: HeaderDef<unknown>, id: number = idOf(def)): Place | undefined {
    for (let k = this.find(def.name, def.compact, 0, id); k >= 0; k = this.find(def.name, def.compact, k + STRIDE, id)) {
      const element = this.elementFrom(def, k, this.at(k + 2))
      if (element !== undefined) return { line: k, start: element.start, end: element.end, next: element.next }
    }
    return undefined
  }

  nameEnd(k: number): number {
    const { bytes } = this.source
    let i = this.at(k + 1)
    while ((CLASS[bytes[i]!]! & TOKEN) !== 0) i++
    return i
  }

  private value(k: number): string {
    return unfold(this.source.text(this.at(k + 2), this.at(k + 3)))
  }

  private isCalled(k: number, name: string): boolean {
    const start = this.at(k + 1)
    return this.nameEnd(k) - start === name.length && matches(this.source.bytes, start, name.toLowerCase())
  }

  /** The element at `at` of line `k`; the whole value where the header is no list; nothing in an empty list. */
  private elementFrom(def: HeaderDef<unknown>, k: number, at: number): Element | undefined {
    const end = this.at(k + 3)
    if (!def.list) return { start: at, end, next: -1 }
    if (at === end) return undefined
    return this.source.hasComma(at, end) ? elementAt(this.source.bytes, at, end) : { start: at, end, next: -1 }
  }

  private first(def: HeaderDef<unknown>): unknown {
    const slot = slotOf(def)
    if (slot < 0) return this.firstOther(def)
    const value = this.values[slot]
    if (value === undefined) return this.keep(def, slot, this.firstLine(def))
    if (value instanceof AddressOutline) return this.cut(value, slot)
    if (value instanceof ViaOutline) return value.via(this.source.latin1)
    return value === NONE ? undefined : value
  }

  private cut(outline: AddressOutline, slot: number): NameAddr {
    const address = outline.address(this.source.latin1)
    this.values[slot] = address
    return address
  }

  private firstOther(def: HeaderDef<unknown>): unknown {
    this.others ??= []
    const { others } = this
    for (let i = 0; i < others.length; i += 2) if (others[i] === def) return others[i + 1]
    const k = this.firstLine(def)
    const value = k < 0 ? undefined : decodeWith(def, this.cursorOn(def, k))
    others.push(def, value)
    return value
  }

  /** The line of the first value, -1 when there is none. */
  private firstLine(def: HeaderDef<unknown>): number {
    const id = idOf(def)
    let k = this.find(def.name, def.compact, 0, id)
    while (k >= 0 && def.list && this.at(k + 2) === this.at(k + 3)) k = this.find(def.name, def.compact, k + STRIDE, id)
    return k
  }

  /** The first value of a slot that `parse` has checked. */
  checked(slot: number): unknown {
    return this.values[slot]
  }

  /** What `parse` checks: the first value of `def`, which is on line `k`; `undefined` when it is broken. */
  check(def: HeaderDef<unknown>, slot: number, k: number): unknown {
    return this.values[slot] ?? this.keep(def, slot, k)
  }

  /** Decodes the first value of `def`, which is on line `k` (-1: there is none), and keeps what came of it: `undefined` when it is broken. */
  private keep(def: HeaderDef<unknown>, slot: number, k: number): unknown {
    const value = k < 0 ? undefined : this.decodeLine(def, slot, k)
    this.values[slot] = value ?? NONE
    return value
  }

  /** Where the first value of `def`, on line `k`, stops matching the grammar; -1 when it matches. */
  brokenAt(def: HeaderDef<unknown>, k: number): number {
    const cursor = this.cursorOn(def, k)
    return decodeWith(def, cursor) === undefined ? cursor.offset : -1
  }

  private decodeLine(def: HeaderDef<unknown>, slot: number, k: number): unknown {
    const { source } = this
    const usual = firstUsual(new UsualReader(source.bytes, source.end, source.latin1), slot, this.at(k + 2), this.at(k + 3))
    return usual ?? decodeWith(def, this.cursorOn(def, k))
  }

  /** On the first value of line `k`. */
  private cursorOn(def: HeaderDef<unknown>, k: number): ByteCursor {
    const { source } = this
    const start = this.at(k + 2)
    const end = this.at(k + 3)
    return new ByteCursor(source, start, def.list ? elementEnd(source.bytes, start, end) : end)
  }

  private every(def: HeaderDef<unknown>): Every {
    this.lists ??= []
    const { lists } = this
    for (let i = 0; i < lists.length; i += 2) if (lists[i] === def) return lists[i + 1] as Every
    const every = this.decodeEvery(def)
    lists.push(def, every)
    return every
  }

  private decodeEvery(def: HeaderDef<unknown>): Every {
    const first = this.first(def)
    const values: unknown[] = first === undefined ? [] : [first]
    const line = first === undefined ? this.firstLine(def) : -1
    let offset = line < 0 ? -1 : this.brokenAt(def, line)
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
      let element = this.elementFrom(def, k, this.at(k + 2))
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

/** Stands for a value that is not there. */
const NONE = null

/** What reading all values of a header gave. */
interface Every {
  readonly values: readonly unknown[]
  /** Where the first broken one is; -1 when none is. */
  readonly offset: number
}

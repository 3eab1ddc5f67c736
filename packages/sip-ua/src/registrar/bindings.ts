/** The location service: all bindings of a registrar in memory, packed, and forgotten when they have run out. RFC 3261 §10.3. */
import { utf8, utf8Bytes } from '@strowger/sip-parser'
import type { Binding } from './binding.ts'
import { countAt, earliestAt, readRecord, recordBytes, recordBytesAt, STRETCH, textOf, wideBytes, writeRecord } from './binding-record.ts'
import { type BlockRef, RecordSlab } from './record-slab.ts'

/**
 * An address of record with one contact takes some 250 bytes, a few of them on the JavaScript heap; registering again takes none. Bindings
 * that are read are copies. RFC 3261 §10.
 */
export class Bindings {
  readonly #byAor = new Map<string, BlockRef>()
  readonly #slab = new RecordSlab()
  /**
   * Who has a binding that ends in a stretch of time. Each is in one stretch, no later than its first binding ends: one that is refreshed in
   * time stays there, and moves when its stretch is over.
   */
  readonly #ending = new Map<number, string[]>()
  #count = 0

  /** Contacts registered, those that ran out since the last sweep included. */
  get count(): number {
    return this.#count
  }

  /** Those that ran out since the last sweep included. */
  all(aor: string): readonly Binding[] {
    const ref = this.#byAor.get(aor)
    return ref === undefined ? NONE : readRecord(this.#slab.page(ref), this.#slab.start(ref), aor)
  }

  /** Those alive at `wall`, milliseconds since 1970. */
  of(aor: string, wall: number): readonly Binding[] {
    const all = this.all(aor)
    return all.every(b => b.expiresAt > wall) ? all : all.filter(b => b.expiresAt > wall)
  }

  /** These and no others. */
  set(aor: string, bindings: readonly Binding[]): void {
    const before = this.#byAor.get(aor)
    if (bindings.length === 0) {
      if (before !== undefined) this.#forget(aor, before)
      return
    }
    const text = textOf(bindings)
    const wide = wideBytes(text)
    const length = recordBytes(bindings.length, wide?.length ?? text.length)
    const ref = before === undefined ? this.#add(aor, length) : this.#resize(aor, before, length)
    const page = this.#slab.page(ref)
    const start = this.#slab.start(ref)
    this.#count += bindings.length
    writeRecord(page, start, bindings, text, wide)
    const stretch = stretchOf(earliestAt(page, start))
    if (stretch < page.words[(start >> 2) + STRETCH]!) this.#wait(ref, aor, stretch)
  }

  /** Forgets what has run out at `wall`. Returns it, by address of record. */
  sweep(wall: number): ReadonlyMap<string, readonly Binding[]> {
    const gone = new Map<string, readonly Binding[]>()
    for (const [stretch, aors] of this.#ending) {
      if (stretch > stretchOf(wall)) continue
      this.#ending.delete(stretch)
      for (const aor of aors) this.#sweepOne(aor, stretch, wall, gone)
    }
    return gone
  }

  #sweepOne(aor: string, stretch: number, wall: number, gone: Map<string, readonly Binding[]>): void {
    const ref = this.#byAor.get(aor)
    if (ref === undefined) return
    const page = this.#slab.page(ref)
    const start = this.#slab.start(ref)
    // It was forgotten and came again, or moved to an earlier stretch.
    if (page.words[(start >> 2) + STRETCH] !== stretch) return
    page.words[(start >> 2) + STRETCH] = NEVER
    const earliest = earliestAt(page, start)
    if (earliest > wall) return this.#wait(ref, aor, Math.max(stretchOf(earliest), stretch + 1))
    const all = this.all(aor)
    const dead = all.filter(b => b.expiresAt <= wall)
    gone.set(aor, dead)
    this.set(
      aor,
      all.filter(b => b.expiresAt > wall),
    )
  }

  #wait(ref: BlockRef, aor: string, stretch: number): void {
    this.#slab.page(ref).words[(this.#slab.start(ref) >> 2) + STRETCH] = stretch
    const waiting = this.#ending.get(stretch)
    if (waiting) waiting.push(aor)
    else this.#ending.set(stretch, [aor])
  }

  #add(aor: string, length: number): BlockRef {
    const ref = this.#slab.take(length)
    this.#slab.page(ref).words[(this.#slab.start(ref) >> 2) + STRETCH] = NEVER
    this.#byAor.set(own(aor), ref)
    return ref
  }

  /** A block for the new length; the stretch stays. */
  #resize(aor: string, before: BlockRef, length: number): BlockRef {
    const page = this.#slab.page(before)
    const start = this.#slab.start(before)
    const old = recordBytesAt(page, start)
    this.#count -= countAt(page, start)
    if (this.#slab.fits(old, length)) return before
    const stretch = page.words[(start >> 2) + STRETCH]!
    this.#slab.release(before, old)
    const ref = this.#slab.take(length)
    this.#slab.page(ref).words[(this.#slab.start(ref) >> 2) + STRETCH] = stretch
    this.#byAor.set(aor, ref)
    return ref
  }

  #forget(aor: string, ref: BlockRef): void {
    const page = this.#slab.page(ref)
    const start = this.#slab.start(ref)
    this.#count -= countAt(page, start)
    this.#slab.release(ref, recordBytesAt(page, start))
    this.#byAor.delete(aor)
  }
}

/** The same text, without the message it may have been cut from: that would live as long. */
function own(text: string): string {
  return utf8(utf8Bytes(text))
}

/** One number for each so many milliseconds: a binding is forgotten so much late at most, and not used meanwhile. */
const STRETCH_MS = 8192
const stretchOf = (wall: number): number => Math.min(Math.floor(wall / STRETCH_MS), NEVER)
/** Later than any. */
const NEVER = 2 ** 31 - 1
const NONE: readonly Binding[] = []

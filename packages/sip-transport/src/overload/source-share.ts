/**
 * Which part of each source's new work is taken when only a part of all can be: max-min fair, so that a flood by one is paid for by that one. Who sends
 * less than the cap is served whole; who sends more is cut to it. RFC 6357 §7.
 */
import { hashOf, type ShardKey } from '../shard.ts'

/**
 * Counts in a table of fixed size, by a keyed hash of the source: nobody can aim at the cell of somebody else. Each key is used for some seconds; its
 * successor counts along meanwhile, so that it knows all when it takes over.
 */
export class SourceShare {
  readonly #random: () => number
  #judge: Counts
  #heir: Counts
  #until = 0
  #now = 0
  #admitted = 1

  /** @param random 0 to 1, for the keys. */
  constructor(random: () => number) {
    this.#random = random
    this.#judge = new Counts(random)
    this.#heir = new Counts(random)
  }

  /** An overload begins: nobody is known. */
  begin(now: number, admitted: number): void {
    this.#judge.clear(this.#random)
    this.#heir.clear(this.#random)
    this.#now = now
    this.#until = now + KEY_MS
    this.#admitted = admitted
  }

  /** Ten times a second or so: what was counted fades, and `admitted`, 0 to 1, of what is left may be taken. */
  divide(now: number, admitted: number): void {
    const left = Math.exp((this.#now - now) / FADE_MS)
    this.#now = now
    if (now >= this.#until) {
      this.#until = now + KEY_MS
      ;[this.#judge, this.#heir] = [this.#heir, this.#judge]
      this.#heir.clear(this.#random)
    }
    this.#judge.fade(left)
    this.#heir.fade(left)
    this.#admitted = admitted
    this.#judge.divide(admitted)
  }

  /** One more from there. How much of its work may be taken: 0 to 1; more than 1 when it sends less than the cap. */
  count(source: string): number {
    this.#heir.add(source)
    const count = this.#judge.add(source)
    if (this.#judge.isNews) this.#judge.divide(this.#admitted)
    return this.#judge.capNow / count
  }
}

class Counts {
  readonly #cells = new Float64Array(CELLS)
  #key: ShardKey
  #total = 0
  /** As a part of the total. */
  #cap = 1
  #dividedAt = 0

  constructor(random: () => number) {
    this.#key = newKey(random)
  }

  clear(random: () => number): void {
    this.#cells.fill(0)
    this.#key = newKey(random)
    this.#total = 0
    this.#dividedAt = 0
  }

  /** How much its source has, this one included. */
  add(source: string): number {
    const cell = hashOf(source, this.#key) & (CELLS - 1)
    const count = this.#cells[cell]! + 1
    this.#cells[cell] = count
    this.#total++
    return count
  }

  /** Twice as much, or more, as when it was divided. */
  get isNews(): boolean {
    return this.#total >= 2 * this.#dividedAt
  }

  get capNow(): number {
    return this.#cap * this.#total
  }

  fade(left: number): void {
    this.#total = 0
    for (let i = 0; i < CELLS; i++) this.#total += this.#cells[i]! *= left
  }

  divide(admitted: number): void {
    this.#dividedAt = this.#total
    if (this.#total > 0) this.#cap = capOf(this.#cells, admitted * this.#total) / this.#total
  }
}

/** What each may have so that all together have `wanted`. From below: with each pass more of those who send little have all of theirs. */
function capOf(counts: Float64Array, wanted: number): number {
  let cap = wanted / counts.length
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    let below = 0
    let above = 0
    for (const count of counts) {
      if (count > cap) above++
      else below += count
    }
    const next = above === 0 ? cap : (wanted - below) / above
    if (next <= cap) break
    cap = next
  }
  return cap
}

function newKey(random: () => number): ShardKey {
  return [Math.floor(random() * 2 ** 32) | 0, Math.floor(random() * 2 ** 32) | 0]
}

/** A power of two. */
const CELLS = 4096
const KEY_MS = 8000
/** After this time a third is left of what was counted. */
const FADE_MS = 5000
const MOST_PASSES = 32

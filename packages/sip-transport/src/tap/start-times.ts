/** When transactions began, as numbers in typed arrays: measuring half a million of them makes no object. RFC 3261 §17. */

/** Ids of a transaction layer are dense in their low bits, so that a table with room has no collisions; where it has none, the latest wins. */
export class StartTimes {
  #ids: Float64Array = new Float64Array(FIRST).fill(NONE)
  #times: Float64Array = new Float64Array(FIRST)
  #marks: Uint8Array = new Uint8Array(FIRST)
  #used = 0

  /** @param mark 0 to 127, the owner's own. The same id again changes nothing. */
  begin(id: number, now: number, mark: number): void {
    if (this.#used * 2 > this.#ids.length && this.#ids.length < MOST) this.#grow()
    const at = id & (this.#ids.length - 1)
    if (this.#ids[at] === id) return
    if (this.#ids[at] === NONE) this.#used++
    this.#ids[at] = id
    this.#times[at] = now
    this.#marks[at] = mark
  }

  /** Where `id` is, for the others; -1 when it is not known (any more). */
  find(id: number): number {
    const at = id & (this.#ids.length - 1)
    return this.#ids[at] === id ? at : -1
  }

  time(at: number): number {
    return this.#times[at]!
  }

  mark(at: number): number {
    return this.#marks[at]! & MARK
  }

  /** True the first time only. */
  first(at: number): boolean {
    const seen = (this.#marks[at]! & SEEN) !== 0
    this.#marks[at]! |= SEEN
    return !seen
  }

  end(at: number): void {
    this.#ids[at] = NONE
    this.#used--
  }

  /** Entries there is room for. */
  get room(): number {
    return this.#ids.length
  }

  #grow(): void {
    const [ids, times, marks] = [this.#ids, this.#times, this.#marks]
    const room = ids.length * 2
    this.#ids = new Float64Array(room).fill(NONE)
    this.#times = new Float64Array(room)
    this.#marks = new Uint8Array(room)
    for (let from = 0; from < ids.length; from++) {
      if (ids[from] === NONE) continue
      const to = ids[from]! & (room - 1)
      this.#ids[to] = ids[from]!
      this.#times[to] = times[from]!
      this.#marks[to] = marks[from]!
    }
  }
}

const FIRST = 1024
const MOST = 2 ** 18
const NONE = -1
const SEEN = 0x80
const MARK = 0x7f

/** Which call is due next: a binary heap with one entry per call, so that nothing stays behind when a call goes. */

export class WakeQueue {
  readonly #heap: { readonly key: string; at: number }[] = []
  readonly #places = new Map<string, number>()

  get size(): number {
    return this.#heap.length
  }

  /** `Infinity` when nothing is due ever. */
  get next(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY
  }

  /** `Infinity` takes the key out. */
  set(key: string, at: number): void {
    const place = this.#places.get(key)
    if (at === Number.POSITIVE_INFINITY) {
      if (place !== undefined) this.#remove(place)
      return
    }
    if (place === undefined) {
      this.#heap.push({ key, at })
      this.#places.set(key, this.#heap.length - 1)
      this.#rise(this.#heap.length - 1)
      return
    }
    this.#heap[place]!.at = at
    this.#rise(place)
    this.#sink(this.#places.get(key)!)
  }

  /** Takes out one key that is due. */
  take(now: number): string | undefined {
    const first = this.#heap[0]
    if (first === undefined || first.at > now) return undefined
    this.#remove(0)
    return first.key
  }

  #remove(place: number): void {
    const last = this.#heap.length - 1
    this.#places.delete(this.#heap[place]!.key)
    const moved = this.#heap.pop()!
    if (place === last) return
    this.#put(place, moved)
    this.#rise(place)
    this.#sink(this.#places.get(moved.key)!)
  }

  #rise(from: number): void {
    const entry = this.#heap[from]!
    let place = from
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (this.#heap[parent]!.at <= entry.at) break
      this.#put(place, this.#heap[parent]!)
      place = parent
    }
    this.#put(place, entry)
  }

  #sink(from: number): void {
    const entry = this.#heap[from]!
    let place = from
    for (;;) {
      let child = 2 * place + 1
      if (child >= this.#heap.length) break
      if (child + 1 < this.#heap.length && this.#heap[child + 1]!.at < this.#heap[child]!.at) child++
      if (this.#heap[child]!.at >= entry.at) break
      this.#put(place, this.#heap[child]!)
      place = child
    }
    this.#put(place, entry)
  }

  #put(place: number, entry: { readonly key: string; at: number }): void {
    this.#heap[place] = entry
    this.#places.set(entry.key, place)
  }
}

/** One table in memory: rows by id, and indexes that follow every change. */

export interface Row {
  readonly id: number
}

/** A row's key in an index; `undefined` leaves the row out. */
export type KeyOf<R> = (row: R) => string | number | null | undefined

export class TableView<R extends Row> {
  readonly #rows = new Map<number, R>()
  readonly #indexes: RowIndex<R>[] = []

  /** An index declared before the first row is put. Several rows may share a key. */
  index(keyOf: KeyOf<R>): RowIndex<R> {
    const index = new RowIndex(keyOf)
    this.#indexes.push(index)
    return index
  }

  get(id: number | null | undefined): R | undefined {
    return id == null ? undefined : this.#rows.get(id)
  }

  all(): IterableIterator<R> {
    return this.#rows.values()
  }

  get size(): number {
    return this.#rows.size
  }

  put(row: R): void {
    this.drop(row.id)
    this.#rows.set(row.id, row)
    for (const index of this.#indexes) index.put(row)
  }

  drop(id: number): void {
    const row = this.#rows.get(id)
    if (row === undefined) return
    this.#rows.delete(id)
    for (const index of this.#indexes) index.drop(row)
  }

  /** Afterwards exactly these rows are here; rows that did not change keep their place. */
  replaceAll(rows: readonly R[]): void {
    const kept = new Set(rows.map(row => row.id))
    for (const id of [...this.#rows.keys()]) if (!kept.has(id)) this.drop(id)
    for (const row of rows) this.put(row)
  }
}

export class RowIndex<R extends Row> {
  readonly #keyOf: KeyOf<R>
  readonly #byKey = new Map<string | number, readonly R[]>()

  constructor(keyOf: KeyOf<R>) {
    this.#keyOf = keyOf
  }

  /** All rows with the key, by id. */
  all(key: string | number | null | undefined): readonly R[] {
    return key == null ? NONE : (this.#byKey.get(key) ?? NONE)
  }

  first(key: string | number | null | undefined): R | undefined {
    return this.all(key)[0]
  }

  put(row: R): void {
    const key = this.#keyOf(row)
    if (key != null)
      this.#byKey.set(
        key,
        [...this.all(key), row].sort((a, b) => a.id - b.id),
      )
  }

  drop(row: R): void {
    const key = this.#keyOf(row)
    if (key == null) return
    const rest = this.all(key).filter(other => other.id !== row.id)
    if (rest.length === 0) this.#byKey.delete(key)
    else this.#byKey.set(key, rest)
  }
}

const NONE: readonly never[] = []

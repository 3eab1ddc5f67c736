/** The configuration's tables in memory, with a change feed of its own. */
import type { Change, ConfigurationTables, TableWriter } from '../backend.ts'
import { type NewRow, type Patch, TABLE_NAMES, type TableName, type Tables } from '../rows.ts'

type AnyRow = { readonly id: number } & Readonly<Record<string, unknown>>

export class MemoryConfiguration implements ConfigurationTables {
  #tables = new Map<TableName, Map<number, AnyRow>>(TABLE_NAMES.map(table => [table, new Map()]))
  #changes: Change[] = []
  #lastId = 0
  #writing: Promise<unknown> = Promise.resolve()

  async readAll<T extends TableName>(table: T): Promise<Tables[T][]> {
    return [...this.#rows(table).values()] as unknown as Tables[T][]
  }

  async readSome<T extends TableName>(table: T, ids: readonly number[]): Promise<Tables[T][]> {
    return ids.map(id => this.#rows(table).get(id)).filter(row => row !== undefined) as unknown as Tables[T][]
  }

  async lastChange(): Promise<number> {
    return this.#changes.length
  }

  async changesAfter(id: number, limit: number): Promise<Change[]> {
    return this.#changes.slice(id, id + limit)
  }

  /** One after another; a refused one is undone. */
  write<R>(work: (tables: TableWriter) => Promise<R>): Promise<R> {
    const result = this.#writing.then(() => this.#transaction(work))
    this.#writing = result.catch(() => {})
    return result
  }

  async #transaction<R>(work: (tables: TableWriter) => Promise<R>): Promise<R> {
    const before = new Map([...this.#tables].map(([table, rows]) => [table, new Map(rows)]))
    const changes = [...this.#changes]
    try {
      return await work(this.#writer())
    } catch (error) {
      this.#tables = before
      this.#changes = changes
      throw error
    }
  }

  #writer(): TableWriter {
    return {
      find: async <T extends TableName>(table: T, where: Partial<Tables[T]>) => {
        const wanted = Object.entries(where)
        const rows = [...this.#rows(table).values()].filter(row => wanted.every(([column, value]) => row[column] === value))
        return rows as unknown as Tables[T][]
      },
      insert: async <T extends TableName>(table: T, row: NewRow<T>) => {
        const id = ++this.#lastId
        this.#put(table, { ...row, id })
        return id
      },
      update: async <T extends TableName>(table: T, id: number, patch: Patch<T>) => {
        const row = this.#rows(table).get(id)
        if (row) this.#put(table, { ...row, ...patch })
      },
      remove: async (table, id) => {
        if (this.#rows(table).delete(id)) this.#changed(table, id)
      },
    }
  }

  #put(table: TableName, row: AnyRow): void {
    this.#rows(table).set(row.id, row)
    this.#changed(table, row.id)
  }

  #changed(table: TableName, rowId: number): void {
    this.#changes.push({ id: this.#changes.length + 1, table, rowId })
  }

  #rows(table: TableName): Map<number, AnyRow> {
    return this.#tables.get(table)!
  }
}

/**
 * The configuration of the installation, kept in memory and fresh: the change feed is read every 250 ms, so what another process
 * wrote is in force well within two seconds, and no call ever waits for the database.
 */
import type { Change, ConfigurationTables } from './backend.ts'
import { Directory } from './directory.ts'
import { TABLE_NAMES, type TableName } from './rows.ts'

export interface ConfigurationOptions {
  /** 250 unless given; 0 reads only when `refresh` is called. */
  readonly pollMs?: number
  /** Told when a poll fails; the last known configuration stays in force. */
  readonly onError?: (error: unknown) => void
}

export class Configuration {
  /** Always the same object; its answers change. */
  readonly current: Directory = new Directory()
  readonly #tables: ConfigurationTables
  readonly #options: ConfigurationOptions
  readonly #listeners = new Set<() => void>()
  #lastChange = 0
  #refreshedAt = 0
  #timer: NodeJS.Timeout | undefined
  #refreshing: Promise<void> | undefined
  #closed = false

  private constructor(tables: ConfigurationTables, options: ConfigurationOptions) {
    this.#tables = tables
    this.#options = options
  }

  /** Reads everything, then follows the feed. */
  static async open(tables: ConfigurationTables, options: ConfigurationOptions = {}): Promise<Configuration> {
    const configuration = new Configuration(tables, options)
    await configuration.#reload()
    configuration.#schedule()
    return configuration
  }

  /** `listener` runs after changes came into force. Returns what takes it off again. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Epoch, ms, of the last successful look at the feed. */
  get refreshedAt(): number {
    return this.#refreshedAt
  }

  /** Resolves when all that was written before the call is in force here. */
  async refresh(): Promise<void> {
    await this.#refreshing?.catch(() => {})
    this.#refreshing ??= this.#follow().finally(() => {
      this.#refreshing = undefined
    })
    await this.#refreshing
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    const pollMs = this.#options.pollMs ?? 250
    if (this.#closed || pollMs === 0) return
    this.#timer = setTimeout(() => void this.#poll(), pollMs)
    this.#timer.unref()
  }

  async #poll(): Promise<void> {
    try {
      await this.refresh()
    } catch (error) {
      if (!this.#closed) this.#options.onError?.(error)
    }
    this.#schedule()
  }

  async #follow(): Promise<void> {
    const newest = await this.#tables.lastChange()
    if (newest === this.#lastChange) return this.#isFresh()
    if (newest < this.#lastChange) return this.#reload()
    while (this.#lastChange < newest) {
      const changes = await this.#tables.changesAfter(this.#lastChange, 1000)
      const first = changes[0]
      if (first === undefined || first.id > this.#lastChange + 1) return this.#reload()
      await this.#apply(changes)
    }
    this.#isFresh()
    this.#announce()
  }

  /** Where the feed does not reach back far enough, or begins anew. The mark is taken first: what changes meanwhile is read twice. */
  async #reload(): Promise<void> {
    const mark = await this.#tables.lastChange()
    for (const table of TABLE_NAMES) this.current.view(table).replaceAll(await this.#tables.readAll(table))
    this.#lastChange = mark
    this.#isFresh()
    this.#announce()
  }

  async #apply(changes: readonly Change[]): Promise<void> {
    for (const [table, ids] of rowsByTable(changes)) {
      const rows = new Map((await this.#tables.readSome(table, ids)).map(row => [row.id, row]))
      const view = this.current.view(table)
      for (const id of ids) {
        const row = rows.get(id)
        if (row === undefined) view.drop(id)
        else view.put(row)
      }
    }
    this.#lastChange = changes.at(-1)!.id
  }

  #isFresh(): void {
    this.#refreshedAt = Date.now()
  }

  #announce(): void {
    for (const listener of this.#listeners) listener()
  }
}

function rowsByTable(changes: readonly Change[]): Map<TableName, number[]> {
  const ids = new Map<TableName, Set<number>>()
  for (const { table, rowId } of changes) ids.set(table, (ids.get(table) ?? new Set()).add(rowId))
  return new Map([...ids].map(([table, rowIds]) => [table, [...rowIds]]))
}

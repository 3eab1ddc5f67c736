/** The store in one SQLite file, shared by the processes of one machine. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { CamelCasePlugin, Kysely } from 'kysely'
import type { Backend } from '../backend.ts'
import { StoreError } from '../store-error.ts'
import { ConnectionQueue, engineDialect } from './engine-dialect.ts'
import { migrate } from './migrate.ts'
import type { SqliteDriverName } from './open-database.ts'
import type { Schema } from './schema.ts'
import { openEngine, type SqlEngine, startEngine } from './sql-engine.ts'
import { SqliteBindings } from './sqlite-bindings.ts'
import { SqliteCdrs } from './sqlite-cdrs.ts'
import { SqliteConfiguration } from './sqlite-configuration.ts'
import { SqliteLedger } from './sqlite-ledger.ts'

export interface SqliteOptions {
  /** Absolute; its folder is made. */
  readonly file: string
  readonly thread: boolean
  readonly driver?: SqliteDriverName
}

export class SqliteBackend implements Backend {
  readonly configuration: SqliteConfiguration
  readonly bindings: SqliteBindings
  readonly cdrs: SqliteCdrs
  readonly ledger: SqliteLedger
  readonly #db: Kysely<Schema>
  readonly #queue: ConnectionQueue

  private constructor(db: Kysely<Schema>, queue: ConnectionQueue) {
    this.#db = db
    this.#queue = queue
    this.configuration = new SqliteConfiguration(db)
    this.bindings = new SqliteBindings(db)
    this.cdrs = new SqliteCdrs(db)
    this.ledger = new SqliteLedger(db)
  }

  /** Throws `no-driver`, `cannot-open`. */
  static async open(options: SqliteOptions): Promise<SqliteBackend> {
    const queue = new ConnectionQueue()
    const engine = await open(options)
    const plain = new Kysely<Schema>({ dialect: engineDialect(engine, queue) })
    try {
      await migrate(plain)
    } catch (error) {
      await engine.close()
      throw error
    }
    const backend = new SqliteBackend(plain.withPlugin(new CamelCasePlugin()), queue)
    await backend.configuration.forgetChanges(Date.now() - FEED_KEPT_MS)
    return backend
  }

  get waiting(): number {
    return this.#queue.waiting
  }

  close(): Promise<void> {
    return this.#db.destroy()
  }
}

async function open({ file, thread, driver }: SqliteOptions): Promise<SqlEngine> {
  const options = { file, ...(driver === undefined ? {} : { driver }) }
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    return thread ? await startEngine(options) : openEngine(options)
  } catch (error) {
    if (error instanceof StoreError) throw error
    const { message, code } = error as { message: string; code?: string }
    if (code === 'no-driver') throw new StoreError('no-driver', message)
    throw new StoreError('cannot-open', `${file}: ${message}`, { cause: error })
  }
}

const FEED_KEPT_MS = 24 * 3_600_000

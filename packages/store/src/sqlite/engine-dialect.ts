/** Kysely over a `SqlEngine`: one connection, lent to one query or transaction at a time, with a bounded queue. */
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { StoreError } from '../store-error.ts'
import type { SqlEngine } from './sql-engine.ts'

const MAX_WAITING = 10_000

/** `queue.waiting` may be read for gauges. */
export function engineDialect(engine: SqlEngine, queue: ConnectionQueue): Dialect {
  return {
    createDriver: () => new EngineDriver(engine, queue),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: (): DialectAdapter => new TransactionalAdapter(),
    createIntrospector: db => new SqliteIntrospector(db),
  }
}

/** SQLite takes back CREATE TABLE too, so a migration happens whole or not at all, and two processes take turns. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class EngineDriver implements Driver {
  readonly #engine: SqlEngine
  readonly #queue: ConnectionQueue
  readonly #connection: DatabaseConnection

  constructor(engine: SqlEngine, queue: ConnectionQueue) {
    this.#engine = engine
    this.#queue = queue
    this.#connection = {
      executeQuery: query => this.#run(query),
      streamQuery: () => {
        throw new TypeError('the store does not stream')
      },
    }
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    await this.#queue.enter()
    return this.#connection
  }

  async releaseConnection(): Promise<void> {
    this.#queue.leave()
  }

  /** Takes the write lock at once: a transaction that finds it taken half-way could only fail. */
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'))
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'))
  }

  destroy(): Promise<void> {
    return this.#engine.close()
  }

  async #run<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes, lastInsertRowid } = await this.#engine.run(query.sql, query.parameters)
    return { rows: rows as R[], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }
}

/** Lets one in at a time, in the order they came. */
export class ConnectionQueue {
  #busy = false
  readonly #waiting: (() => void)[] = []

  get waiting(): number {
    return this.#waiting.length
  }

  /** Throws `overloaded` rather than grow without end. */
  async enter(): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) throw new StoreError('overloaded', `${MAX_WAITING} queries wait for the database`)
    if (this.#busy) await new Promise<void>(resolve => this.#waiting.push(resolve))
    this.#busy = true
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#busy = false
  }
}

/** The configuration's tables in SQLite: whole, by id, and what changed. */
import type { Kysely } from 'kysely'
import type { Change, ConfigurationTables, TableWriter } from '../backend.ts'
import { BOOLEANS, type NewRow, type Patch, TABLE_NAMES, type TableName, type Tables } from '../rows.ts'
import type { Schema } from './schema.ts'

/** Any table: its name and columns are checked by `Tables`, not by Kysely. */
type AnySchema = Record<string, Record<string, unknown>>

export class SqliteConfiguration implements ConfigurationTables {
  readonly #db: Kysely<Schema>
  readonly #any: Kysely<AnySchema>

  constructor(db: Kysely<Schema>) {
    this.#db = db
    this.#any = db as unknown as Kysely<AnySchema>
  }

  async readAll<T extends TableName>(table: T): Promise<Tables[T][]> {
    return loaded(table, await this.#any.selectFrom(table).selectAll().orderBy('id').execute())
  }

  async readSome<T extends TableName>(table: T, ids: readonly number[]): Promise<Tables[T][]> {
    return loaded(table, await this.#any.selectFrom(table).selectAll().where('id', 'in', ids).execute())
  }

  async lastChange(): Promise<number> {
    const row = await this.#db
      .selectFrom('change')
      .select(({ fn }) => fn.max('id').as('id'))
      .executeTakeFirst()
    return row?.id ?? 0
  }

  async changesAfter(id: number, limit: number): Promise<Change[]> {
    const rows = await this.#db
      .selectFrom('change')
      .select(['id', 'tableName', 'rowId'])
      .where('id', '>', id)
      .orderBy('id')
      .limit(limit)
      .execute()
    return rows.map(row => ({ id: row.id, table: tableOf(row.tableName), rowId: row.rowId }))
  }

  write<R>(work: (tables: TableWriter) => Promise<R>): Promise<R> {
    return this.#any.transaction().execute(transaction => work(new SqliteWriter(transaction)))
  }

  /** The newest stays, so that ids go on from it. */
  async forgetChanges(changedMs: number): Promise<void> {
    const newest = await this.lastChange()
    await this.#db.deleteFrom('change').where('changedMs', '<', changedMs).where('id', '<', newest).execute()
  }
}

class SqliteWriter implements TableWriter {
  readonly #db: Kysely<AnySchema>

  constructor(db: Kysely<AnySchema>) {
    this.#db = db
  }

  async find<T extends TableName>(table: T, where: Partial<Tables[T]>): Promise<Tables[T][]> {
    let query = this.#db.selectFrom(table).selectAll().orderBy('id')
    for (const [column, value] of Object.entries(where)) query = query.where(column, value === null ? 'is' : '=', plain(value))
    return loaded(table, await query.execute())
  }

  async insert<T extends TableName>(table: T, row: NewRow<T>): Promise<number> {
    const { insertId } = await this.#db.insertInto(table).values(stored(row)).executeTakeFirstOrThrow()
    return Number(insertId)
  }

  async update<T extends TableName>(table: T, id: number, patch: Patch<T>): Promise<void> {
    await this.#db
      .updateTable(table as string)
      .set(stored(patch))
      .where('id', '=', id)
      .execute()
  }

  async remove(table: TableName, id: number): Promise<void> {
    await this.#db.deleteFrom(table).where('id', '=', id).execute()
  }
}

function plain(value: unknown): unknown {
  return typeof value === 'boolean' ? Number(value) : value
}

function stored(row: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, plain(value)]))
}

function loaded<T extends TableName>(table: T, rows: readonly Record<string, unknown>[]): Tables[T][] {
  const booleans: readonly string[] = BOOLEANS[table] ?? []
  if (booleans.length === 0) return rows as unknown as Tables[T][]
  return rows.map(row => ({ ...row, ...Object.fromEntries(booleans.map(column => [column, row[column] === 1])) })) as unknown as Tables[T][]
}

/** `carrier_server` → `carrierServer`, with the same rule as the columns. */
const TABLE_BY_SQL_NAME: ReadonlyMap<string, TableName> = new Map(
  TABLE_NAMES.map(table => [table.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`), table]),
)

function tableOf(sqlName: string): TableName {
  const table = TABLE_BY_SQL_NAME.get(sqlName)
  if (table === undefined) throw new TypeError(`the change feed names ${sqlName}, which is no table of the configuration`)
  return table
}

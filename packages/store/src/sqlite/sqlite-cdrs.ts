/** `cdr` and `cdr_leg` in SQLite. */
import type { Cdr, CdrLeg } from '@strowger/domain'
import type { Kysely, Transaction } from 'kysely'
import type { CdrFilter, CdrTable } from '../backend.ts'
import type { CdrRow, Schema } from './schema.ts'

const CHUNK = 500

export class SqliteCdrs implements CdrTable {
  readonly #db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.#db = db
  }

  async get(call: string): Promise<Cdr | undefined> {
    const row = await this.#db.selectFrom('cdr').selectAll().where('call', '=', call).executeTakeFirst()
    return row && (await this.#withLegs([row]))[0]
  }

  async list({ brandId, clientId, since, before, limit = 100 }: CdrFilter = {}): Promise<Cdr[]> {
    let query = this.#db.selectFrom('cdr').selectAll().orderBy('startMs', 'desc').orderBy('call', 'desc').limit(limit)
    if (brandId !== undefined) query = query.where('brandId', '=', brandId)
    if (clientId !== undefined) query = query.where('clientId', '=', clientId)
    if (since !== undefined) query = query.where('startMs', '>=', since)
    if (before !== undefined) query = query.where('startMs', '<', before)
    return this.#withLegs(await query.execute())
  }

  async #withLegs(rows: readonly CdrRow[]): Promise<Cdr[]> {
    const legs = new Map<string, CdrLeg[]>()
    for (let at = 0; at < rows.length; at += CHUNK) {
      const calls = rows.slice(at, at + CHUNK).map(row => row.call)
      const found = await this.#db.selectFrom('cdrLeg').selectAll().where('call', 'in', calls).orderBy('leg').execute()
      for (const { call, ...leg } of found) legs.set(call, [...(legs.get(call) ?? []), leg])
    }
    return rows.map(row => toCdr(row, legs.get(row.call) ?? []))
  }
}

/** Replaces the records of these calls, legs included (they go with the replaced row). */
export async function replaceCdrs(transaction: Transaction<Schema>, cdrs: readonly Cdr[], writtenMs: number): Promise<void> {
  for (let at = 0; at < cdrs.length; at += CHUNK) {
    const part = cdrs.slice(at, at + CHUNK)
    await transaction
      .replaceInto('cdr')
      .values(part.map(cdr => toRow(cdr, writtenMs)))
      .execute()
    const legs = part.flatMap(({ call, legs }) => legs.map(leg => ({ call, ...leg })))
    if (legs.length > 0) await transaction.insertInto('cdrLeg').values(legs).execute()
  }
}

function toRow(cdr: Cdr, writtenMs: number): CdrRow {
  const { legs: _, userId = null, cause = null, ...rest } = cdr
  return { ...rest, userId, cause, writtenMs }
}

function toCdr(row: CdrRow, legs: readonly CdrLeg[]): Cdr {
  const { writtenMs: _, userId, cause, ...rest } = row
  return {
    ...(rest as Omit<Cdr, 'legs' | 'userId' | 'cause'>),
    ...(userId === null ? {} : { userId }),
    ...(cause === null ? {} : { cause }),
    legs,
  }
}

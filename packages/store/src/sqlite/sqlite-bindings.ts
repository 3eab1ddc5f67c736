/** `location` in SQLite. */
import type { Kysely, Transaction } from 'kysely'
import type { BindingChange, BindingTable } from '../backend.ts'
import { type Binding, bindingKey } from '../binding.ts'
import type { LocationRow, Schema } from './schema.ts'

/** Rows of one statement: SQLite takes 32766 parameters. */
const CHUNK = 500

export class SqliteBindings implements BindingTable {
  readonly #db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.#db = db
  }

  async load(now: number): Promise<Binding[]> {
    await this.#db.deleteFrom('location').where('expiresAt', '<=', now).execute()
    const rows = await this.#db.selectFrom('location').selectAll().execute()
    return rows.map(toBinding)
  }

  async apply(changes: readonly BindingChange[]): Promise<void> {
    if (changes.length === 0) return
    await this.#db.transaction().execute(async transaction => {
      const rows: LocationRow[] = []
      for (const change of changes) {
        if (change.kind === 'upsert') rows.push(toRow(change.binding))
        else await remove(transaction, change.aor, change.key)
      }
      for (let at = 0; at < rows.length; at += CHUNK) {
        await transaction
          .replaceInto('location')
          .values(rows.slice(at, at + CHUNK))
          .execute()
      }
    })
  }
}

async function remove(transaction: Transaction<Schema>, aor: string, key: string): Promise<void> {
  await transaction.deleteFrom('location').where('aor', '=', aor).where('bindingKey', '=', key).execute()
}

function toRow(binding: Binding): LocationRow {
  return {
    aor: binding.aor,
    bindingKey: bindingKey(binding),
    contact: binding.contact,
    path: JSON.stringify(binding.path),
    instance: binding.instance ?? null,
    regId: binding.regId ?? null,
    q: binding.q ?? null,
    expiresAt: binding.expiresAt,
    callId: binding.callId,
    cseq: binding.cseq,
    userAgent: binding.userAgent ?? null,
    flow: binding.flow ?? null,
    received: binding.received ?? null,
  }
}

function toBinding(row: LocationRow): Binding {
  return {
    aor: row.aor,
    contact: row.contact,
    path: JSON.parse(row.path) as string[],
    expiresAt: row.expiresAt,
    callId: row.callId,
    cseq: row.cseq,
    ...(row.instance === null ? {} : { instance: row.instance }),
    ...(row.regId === null ? {} : { regId: row.regId }),
    ...(row.q === null ? {} : { q: row.q }),
    ...(row.userAgent === null ? {} : { userAgent: row.userAgent }),
    ...(row.flow === null ? {} : { flow: row.flow }),
    ...(row.received === null ? {} : { received: row.received }),
  }
}

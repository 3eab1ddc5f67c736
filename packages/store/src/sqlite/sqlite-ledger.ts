/** What the writer of CDRs remembers, in SQLite: `call_fact` and `spool_offset`, changed together with `cdr`. */
import { type Fact, readFact } from '@strowger/domain'
import type { Kysely, Transaction } from 'kysely'
import type { Ledger, LedgerState, LedgerStep } from '../backend.ts'
import type { Schema } from './schema.ts'
import { replaceCdrs } from './sqlite-cdrs.ts'

const CHUNK = 500

export class SqliteLedger implements Ledger {
  readonly #db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.#db = db
  }

  async load(): Promise<LedgerState> {
    const offsets = await this.#db.selectFrom('spoolOffset').selectAll().execute()
    const rows = await this.#db
      .selectFrom('callFact')
      .leftJoin('cdr', 'cdr.call', 'callFact.call')
      .select('callFact.fact')
      .where('cdr.call', 'is', null)
      .execute()
    const facts = toFacts(rows)
    return {
      offsets: new Map(offsets.map(row => [row.file, row.bytes])),
      boots: facts.filter(fact => fact.kind === 'boot'),
      open: facts.filter(fact => fact.kind !== 'boot'),
    }
  }

  async factsOf(calls: readonly string[]): Promise<Fact[]> {
    const facts: Fact[] = []
    for (const part of chunks(calls)) {
      facts.push(...toFacts(await this.#db.selectFrom('callFact').select('fact').where('call', 'in', part).execute()))
    }
    return facts
  }

  async recorded(calls: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>()
    for (const part of chunks(calls)) {
      for (const { call } of await this.#db.selectFrom('cdr').select('call').where('call', 'in', part).execute()) found.add(call)
    }
    return found
  }

  async commit({ offsets, facts, cdrs, writtenMs }: LedgerStep): Promise<void> {
    await this.#db.transaction().execute(async transaction => {
      for (const part of chunks(facts)) await addFacts(transaction, part)
      for (const fact of facts) if (fact.kind === 'boot') await forgetBootsBefore(transaction, fact)
      await replaceCdrs(transaction, cdrs, writtenMs)
      const rows = [...offsets].map(([file, bytes]) => ({ file, bytes }))
      if (rows.length > 0) await transaction.replaceInto('spoolOffset').values(rows).execute()
    })
  }

  async forgetRecorded(writtenMs: number): Promise<void> {
    await this.#db
      .deleteFrom('callFact')
      .where(({ exists, selectFrom }) =>
        exists(selectFrom('cdr').select('cdr.call').whereRef('cdr.call', '=', 'callFact.call').where('cdr.writtenMs', '<', writtenMs)),
      )
      .execute()
  }

  async forgetCalls(calls: readonly string[]): Promise<void> {
    for (const part of chunks(calls)) await this.#db.deleteFrom('callFact').where('call', 'in', part).execute()
  }

  async forgetFile(file: string): Promise<void> {
    await this.#db.deleteFrom('spoolOffset').where('file', '=', file).execute()
  }
}

/** A boot is kept under the empty call. */
async function addFacts(transaction: Transaction<Schema>, facts: readonly Fact[]): Promise<void> {
  const rows = facts.map(fact => ({
    call: fact.kind === 'boot' ? '' : fact.call,
    role: fact.role,
    epoch: fact.epoch,
    seq: fact.seq,
    fact: JSON.stringify(fact),
  }))
  await transaction.replaceInto('callFact').values(rows).execute()
}

async function forgetBootsBefore(transaction: Transaction<Schema>, boot: Fact): Promise<void> {
  await transaction.deleteFrom('callFact').where('call', '=', '').where('role', '=', boot.role).where('epoch', '<', boot.epoch).execute()
}

function toFacts(rows: readonly { readonly fact: string }[]): Fact[] {
  return rows.map(row => readFact(row.fact)).filter(fact => fact !== undefined)
}

function* chunks<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += CHUNK) yield list.slice(at, at + CHUNK)
}

/** What a database must do for the store. Two exist, memory and SQLite; one suite tests both. */
import type { BootFact, Cdr, Fact } from '@strowger/domain'
import type { Binding } from './binding.ts'
import type { NewRow, Patch, TableName, Tables } from './rows.ts'

export interface Backend {
  readonly configuration: ConfigurationTables
  readonly bindings: BindingTable
  readonly cdrs: CdrTable
  readonly ledger: Ledger
  /** Callers that wait for the database. */
  readonly waiting: number
  close(): Promise<void>
}

export interface ConfigurationTables {
  readAll<T extends TableName>(table: T): Promise<readonly Tables[T][]>
  readSome<T extends TableName>(table: T, ids: readonly number[]): Promise<readonly Tables[T][]>
  /** 0 before the first change. */
  lastChange(): Promise<number>
  /** In the order of their ids. */
  changesAfter(id: number, limit: number): Promise<readonly Change[]>
  /** All or nothing: what `work` did is kept only if it resolves. `work` may use nothing but its argument. */
  write<R>(work: (tables: TableWriter) => Promise<R>): Promise<R>
}

export interface Change {
  readonly id: number
  readonly table: TableName
  readonly rowId: number
}

export interface TableWriter {
  find<T extends TableName>(table: T, where: Partial<Tables[T]>): Promise<readonly Tables[T][]>
  /** Resolves to the id. */
  insert<T extends TableName>(table: T, row: NewRow<T>): Promise<number>
  update<T extends TableName>(table: T, id: number, patch: Patch<T>): Promise<void>
  remove(table: TableName, id: number): Promise<void>
}

export type BindingChange =
  | { readonly kind: 'upsert'; readonly binding: Binding }
  | { readonly kind: 'remove'; readonly aor: string; readonly key: string }

export interface BindingTable {
  /** Those that have not expired at `now`; the others are deleted. */
  load(now: number): Promise<readonly Binding[]>
  apply(changes: readonly BindingChange[]): Promise<void>
}

export interface CdrTable {
  get(call: string): Promise<Cdr | undefined>
  /** The latest start first. */
  list(filter?: CdrFilter): Promise<readonly Cdr[]>
}

/** A tenant's scope and a range; what is absent does not restrict. */
export interface CdrFilter {
  readonly brandId?: number
  readonly clientId?: number
  /** `startMs` at or after, and before; epoch, ms. */
  readonly since?: number
  readonly before?: number
  /** 100 unless given. */
  readonly limit?: number
}

/** What the writer of CDRs remembers between two steps; one step is one transaction. */
export interface Ledger {
  load(): Promise<LedgerState>
  /** Stored facts of these calls, in no order. */
  factsOf(calls: readonly string[]): Promise<readonly Fact[]>
  /** Which of these calls have a record. */
  recorded(calls: readonly string[]): Promise<ReadonlySet<string>>
  commit(step: LedgerStep): Promise<void>
  /** Drops the facts of calls whose record was last written before `writtenMs`. */
  forgetRecorded(writtenMs: number): Promise<void>
  /** Drops the facts of calls that will never have a record. */
  forgetCalls(calls: readonly string[]): Promise<void>
  /** A spool file is gone. */
  forgetFile(file: string): Promise<void>
}

export interface LedgerState {
  /** Bytes of each spool file that are folded; by the file's name without folder. */
  readonly offsets: ReadonlyMap<string, number>
  /** The latest boot of each role. */
  readonly boots: readonly BootFact[]
  /** Facts of all calls that have no record yet. */
  readonly open: readonly Fact[]
}

export interface LedgerStep {
  readonly offsets: ReadonlyMap<string, number>
  readonly facts: readonly Fact[]
  /** Written over a record of the same call, legs included. */
  readonly cdrs: readonly Cdr[]
  /** Epoch, ms. */
  readonly writtenMs: number
}

/** Loads the SQLite that this machine has: the runtime's own, else libsql (binaries on npm), else better-sqlite3 where somebody installed it. */
import { createRequire } from 'node:module'
import { StoreError } from '../store-error.ts'

export type SqliteDriverName = 'node:sqlite' | 'libsql' | 'better-sqlite3'

export interface SqlResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly changes: number
  readonly lastInsertRowid: number
}

/** A connection, used from one thread. Throws the driver's errors. */
export interface Database {
  readonly driver: SqliteDriverName
  run(sql: string, parameters: readonly unknown[]): SqlResult
  close(): void
}

/** `file` may be `:memory:`. Throws `no-driver`, or the driver's error where the file cannot be opened. */
export function openDatabase(file: string, only?: SqliteDriverName): Database {
  const reasons: string[] = []
  for (const [driver, load] of DRIVERS) {
    if (only !== undefined && only !== driver) continue
    let open: (file: string) => Handle
    try {
      open = load()
    } catch (error) {
      reasons.push(`${driver}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`)
      continue
    }
    return connection(driver, open(file))
  }
  throw new StoreError('no-driver', `no SQLite here (${reasons.join('; ')}): use Node 22.13 or later, or "npm install libsql"`)
}

interface Handle {
  exec(sql: string): unknown
  prepare(sql: string): Statement
  close(): void
}

/** node:sqlite takes parameters one by one and lists `columns`; the others have `reader` and take them in either way. */
interface Statement {
  readonly reader?: boolean
  columns?(): readonly unknown[]
  all(...parameters: unknown[]): Readonly<Record<string, unknown>>[]
  run(...parameters: unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint }
}

const require = createRequire(import.meta.url)

/** better-sqlite3 comes last: some of its versions do not fail on an older runtime but end the process. */
const DRIVERS: readonly (readonly [SqliteDriverName, () => (file: string) => Handle])[] = [
  ['node:sqlite', loadBuiltin],
  ['libsql', () => constructed(require('libsql') as HandleClass)],
  ['better-sqlite3', () => constructed(require('better-sqlite3') as HandleClass)],
]

type HandleClass = new (file: string) => Handle

function loadBuiltin(): (file: string) => Handle {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 22 || (major === 22 && minor < 13)) throw new Error('only in Node 22.13 and later')
  return constructed((require('node:sqlite') as { DatabaseSync: HandleClass }).DatabaseSync)
}

function constructed(Handle: HandleClass): (file: string) => Handle {
  return file => new Handle(file)
}

/** busy_timeout first: another process may be opening the same file. */
const PRAGMAS = ['busy_timeout = 5000', 'journal_mode = WAL', 'synchronous = NORMAL', 'foreign_keys = ON']
const MAX_STATEMENTS = 200

function connection(driver: SqliteDriverName, handle: Handle): Database {
  for (const pragma of PRAGMAS) handle.exec(`PRAGMA ${pragma}`)
  const statements = new Map<string, Statement>()
  const prepared = (sql: string): Statement => {
    const known = statements.get(sql)
    if (known) return known
    if (statements.size >= MAX_STATEMENTS) statements.delete(statements.keys().next().value as string)
    const statement = handle.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  return {
    driver,
    run(sql, parameters) {
      const statement = prepared(sql)
      if (statement.reader ?? statement.columns!().length > 0) return { rows: statement.all(...parameters), changes: 0, lastInsertRowid: 0 }
      const { changes, lastInsertRowid } = statement.run(...parameters)
      return { rows: [], changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) }
    },
    close: () => handle.close(),
  }
}

/** Brings a database to this version. Migrations are listed here, never found by their file names. */
import { type Kysely, type Migration, Migrator } from 'kysely'
import { StoreError } from '../store-error.ts'
import { firstCall } from './migrations/0001-first-call.ts'
import { legQuality } from './migrations/0002-leg-quality.ts'

/** In the order of their names; one that was released is never changed. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-first-call': firstCall,
  '0002-leg-quality': legQuality,
}

/** All or nothing. Throws `cannot-open`, also where the database belongs to a later version. */
export async function migrate<DB>(db: Kysely<DB>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } })
  const { error, results } = await migrator.migrateToLatest()
  if (error === undefined) return
  const failed = results?.find(result => result.status === 'Error')?.migrationName
  const reason = error instanceof Error ? error.message : String(error)
  throw new StoreError('cannot-open', failed === undefined ? reason : `migration ${failed} failed: ${reason}`, { cause: error })
}

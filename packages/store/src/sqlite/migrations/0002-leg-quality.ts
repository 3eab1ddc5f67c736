/** How each leg of a record sounded: jitter and round trip in ms, mean opinion score. Unknown in the records of before. */
import type { Kysely, Migration } from 'kysely'

export const legQuality: Migration = {
  async up(db: Kysely<Record<string, Record<string, unknown>>>): Promise<void> {
    for (const column of ['jitter_ms', 'round_trip_ms', 'mos']) await db.schema.alterTable('cdr_leg').addColumn(column, 'real').execute()
  },
}

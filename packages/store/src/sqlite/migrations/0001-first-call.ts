/** The tables of the first call: tenants, terminals and numbers, trunks, bindings, records, and the change feed. */
import { type CreateTableBuilder, type Kysely, type Migration, sql } from 'kysely'

type Database = Kysely<Record<string, Record<string, unknown>>>

export const firstCall: Migration = {
  async up(db: Database): Promise<void> {
    await createTenants(db)
    await createTrunks(db)
    await createBindings(db)
    await createRecords(db)
    await createFeed(db)
  },
}

/** Ids are never given twice: a row that was deleted stays recognisable in the feed and in old records. */
function table(db: Database, name: string): CreateTableBuilder<string, 'id'> {
  return db.schema.createTable(name).addColumn('id', 'integer', column => column.primaryKey().autoIncrement())
}

async function createTenants(db: Database): Promise<void> {
  await table(db, 'brand')
    .addColumn('name', 'varchar(100)', column => column.notNull().unique())
    .addColumn('domain', 'varchar(190)', column => column.unique())
    .execute()
  await table(db, 'transformation_rule_set')
    .addColumn('brand_id', 'integer', column => column.notNull().references('brand.id').onDelete('cascade'))
    .addColumn('name', 'varchar(100)', column => column.notNull())
    .addColumn('international_code', 'varchar(8)', column => column.notNull())
    .addColumn('country_code', 'varchar(8)', column => column.notNull())
    .addColumn('trunk_prefix', 'varchar(8)', column => column.notNull())
    .addColumn('area_code', 'varchar(8)', column => column.notNull())
    .addColumn('national_length', 'integer')
    .execute()
  await table(db, 'client')
    .addColumn('brand_id', 'integer', column => column.notNull().references('brand.id').onDelete('cascade'))
    .addColumn('type', 'varchar(20)', column => column.notNull())
    .addColumn('name', 'varchar(100)', column => column.notNull())
    .addColumn('domain', 'varchar(190)', column => column.unique())
    .addColumn('transformation_rule_set_id', 'integer', column => column.references('transformation_rule_set.id').onDelete('set null'))
    .addColumn('outgoing_ddi_id', 'integer', column => column.references('ddi.id').onDelete('set null'))
    .addColumn('time_zone', 'varchar(50)', column => column.notNull())
    .execute()
  await createUsers(db)
  await table(db, 'service')
    .addColumn('client_id', 'integer', column => column.notNull().references('client.id').onDelete('cascade'))
    .addColumn('name', 'varchar(50)', column => column.notNull())
    .addColumn('code', 'varchar(10)', column => column.notNull())
    .addColumn('takes_argument', 'integer', column => column.notNull())
    .addUniqueConstraint('service_code', ['client_id', 'code', 'takes_argument'])
    .execute()
}

async function createUsers(db: Database): Promise<void> {
  await table(db, 'terminal')
    .addColumn('client_id', 'integer', column => column.notNull().references('client.id').onDelete('cascade'))
    .addColumn('name', 'varchar(100)', column => column.notNull())
    .addColumn('domain', 'varchar(190)', column => column.notNull())
    .addColumn('ha1_md5', 'char(32)', column => column.notNull())
    .addColumn('ha1_sha256', 'char(64)', column => column.notNull())
    .addUniqueConstraint('terminal_aor', ['domain', 'name'])
    .execute()
  await table(db, 'user')
    .addColumn('client_id', 'integer', column => column.notNull().references('client.id').onDelete('cascade'))
    .addColumn('name', 'varchar(100)', column => column.notNull())
    .addColumn('terminal_id', 'integer', column => column.unique().references('terminal.id').onDelete('set null'))
    .addColumn('extension_id', 'integer', column => column.references('extension.id').onDelete('set null'))
    .addColumn('outgoing_ddi_id', 'integer', column => column.references('ddi.id').onDelete('set null'))
    .execute()
  await table(db, 'extension')
    .addColumn('client_id', 'integer', column => column.notNull().references('client.id').onDelete('cascade'))
    .addColumn('number', 'varchar(20)', column => column.notNull())
    .addColumn('route_type', 'varchar(20)', column => column.notNull())
    .addColumn('user_id', 'integer', column => column.references('user.id').onDelete('set null'))
    .addColumn('number_value', 'varchar(20)')
    .addUniqueConstraint('extension_number', ['client_id', 'number'])
    .execute()
}

async function createTrunks(db: Database): Promise<void> {
  await table(db, 'ddi_provider')
    .addColumn('brand_id', 'integer', column => column.notNull().references('brand.id').onDelete('cascade'))
    .addColumn('name', 'varchar(100)', column => column.notNull())
    .addColumn('transformation_rule_set_id', 'integer', column => column.references('transformation_rule_set.id').onDelete('set null'))
    .execute()
  await table(db, 'ddi_provider_address')
    .addColumn('ddi_provider_id', 'integer', column => column.notNull().references('ddi_provider.id').onDelete('cascade'))
    .addColumn('ip', 'varchar(45)', column => column.notNull())
    .addColumn('port', 'integer')
    .execute()
  await table(db, 'ddi')
    .addColumn('brand_id', 'integer', column => column.notNull().references('brand.id').onDelete('cascade'))
    .addColumn('client_id', 'integer', column => column.references('client.id').onDelete('set null'))
    .addColumn('e164', 'varchar(20)', column => column.notNull().unique())
    .addColumn('type', 'varchar(10)', column => column.notNull())
    .addColumn('route_type', 'varchar(20)', column => column.notNull())
    .addColumn('user_id', 'integer', column => column.references('user.id').onDelete('set null'))
    .addColumn('ddi_provider_id', 'integer', column => column.references('ddi_provider.id').onDelete('set null'))
    .addColumn('display_name', 'varchar(100)')
    .execute()
  await table(db, 'carrier')
    .addColumn('brand_id', 'integer', column => column.notNull().references('brand.id').onDelete('cascade'))
    .addColumn('name', 'varchar(100)', column => column.notNull())
    .addColumn('transformation_rule_set_id', 'integer', column => column.references('transformation_rule_set.id').onDelete('set null'))
    .execute()
  await table(db, 'carrier_server')
    .addColumn('carrier_id', 'integer', column => column.notNull().references('carrier.id').onDelete('cascade'))
    .addColumn('address', 'varchar(190)', column => column.notNull())
    .addColumn('port', 'integer', column => column.notNull())
    .addColumn('transport', 'varchar(8)', column => column.notNull())
    .execute()
  await createRouting(db)
}

async function createRouting(db: Database): Promise<void> {
  await table(db, 'routing_pattern')
    .addColumn('brand_id', 'integer', column => column.notNull().references('brand.id').onDelete('cascade'))
    .addColumn('name', 'varchar(100)', column => column.notNull())
    .addColumn('prefix', 'varchar(20)', column => column.notNull())
    .execute()
  await table(db, 'outgoing_routing')
    .addColumn('brand_id', 'integer', column => column.notNull().references('brand.id').onDelete('cascade'))
    .addColumn('client_id', 'integer', column => column.references('client.id').onDelete('cascade'))
    .addColumn('routing_pattern_id', 'integer', column => column.references('routing_pattern.id').onDelete('cascade'))
    .addColumn('mode', 'varchar(10)', column => column.notNull())
    .addColumn('carrier_id', 'integer', column => column.references('carrier.id').onDelete('cascade'))
    .addColumn('priority', 'integer', column => column.notNull())
    .addColumn('weight', 'integer', column => column.notNull())
    .addColumn('stopper', 'integer', column => column.notNull())
    .execute()
}

async function createBindings(db: Database): Promise<void> {
  await db.schema
    .createTable('location')
    .addColumn('aor', 'varchar(190)', column => column.notNull())
    .addColumn('binding_key', 'varchar(500)', column => column.notNull())
    .addColumn('contact', 'varchar(500)', column => column.notNull())
    .addColumn('path', 'text', column => column.notNull())
    .addColumn('instance', 'varchar(190)')
    .addColumn('reg_id', 'integer')
    .addColumn('q', 'real')
    .addColumn('expires_at', 'bigint', column => column.notNull())
    .addColumn('call_id', 'varchar(190)', column => column.notNull())
    .addColumn('cseq', 'bigint', column => column.notNull())
    .addColumn('user_agent', 'varchar(190)')
    .addColumn('flow', 'varchar(500)')
    .addColumn('received', 'varchar(100)')
    .addPrimaryKeyConstraint('location_key', ['aor', 'binding_key'])
    .execute()
}

/** Ids in a record point nowhere by force: a record outlives its client. */
async function createRecords(db: Database): Promise<void> {
  await db.schema
    .createTable('cdr')
    .addColumn('call', 'varchar(40)', column => column.primaryKey().notNull())
    .addColumn('brand_id', 'integer')
    .addColumn('client_id', 'integer')
    .addColumn('user_id', 'integer')
    .addColumn('caller', 'varchar(190)', column => column.notNull())
    .addColumn('callee', 'varchar(190)', column => column.notNull())
    .addColumn('direction', 'varchar(10)', column => column.notNull())
    .addColumn('start_ms', 'bigint', column => column.notNull())
    .addColumn('answer_ms', 'bigint')
    .addColumn('end_ms', 'bigint', column => column.notNull())
    .addColumn('duration_ms', 'bigint', column => column.notNull())
    .addColumn('hung_up_by', 'varchar(10)', column => column.notNull())
    .addColumn('status', 'integer', column => column.notNull())
    .addColumn('cause', 'varchar(190)')
    .addColumn('written_ms', 'bigint', column => column.notNull())
    .execute()
  await db.schema.createIndex('cdr_start').on('cdr').column('start_ms').execute()
  await db.schema.createIndex('cdr_client_start').on('cdr').columns(['client_id', 'start_ms']).execute()
  await db.schema.createIndex('cdr_written').on('cdr').column('written_ms').execute()
  await db.schema
    .createTable('cdr_leg')
    .addColumn('call', 'varchar(40)', column => column.notNull().references('cdr.call').onDelete('cascade'))
    .addColumn('leg', 'varchar(50)', column => column.notNull())
    .addColumn('packets', 'bigint', column => column.notNull())
    .addColumn('bytes', 'bigint', column => column.notNull())
    .addColumn('lost', 'bigint')
    .addPrimaryKeyConstraint('cdr_leg_key', ['call', 'leg'])
    .execute()
  await db.schema
    .createTable('call_fact')
    .addColumn('call', 'varchar(40)', column => column.notNull())
    .addColumn('role', 'varchar(50)', column => column.notNull())
    .addColumn('epoch', 'bigint', column => column.notNull())
    .addColumn('seq', 'bigint', column => column.notNull())
    .addColumn('fact', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('call_fact_key', ['call', 'role', 'epoch', 'seq'])
    .execute()
  await db.schema
    .createTable('spool_offset')
    .addColumn('file', 'varchar(190)', column => column.primaryKey().notNull())
    .addColumn('bytes', 'bigint', column => column.notNull())
    .execute()
}

async function createFeed(db: Database): Promise<void> {
  await table(db, 'change')
    .addColumn('table_name', 'varchar(50)', column => column.notNull())
    .addColumn('row_id', 'integer', column => column.notNull())
    .addColumn('changed_ms', 'bigint', column => column.notNull())
    .execute()
  for (const name of FED) await feed(db, name)
}

const FED = [
  'brand',
  'transformation_rule_set',
  'client',
  'terminal',
  'user',
  'extension',
  'ddi_provider',
  'ddi',
  'carrier',
  'carrier_server',
  'ddi_provider_address',
  'routing_pattern',
  'outgoing_routing',
  'service',
]

/** Triggers, so that a change made with any tool is seen. Later migrations use it for their tables. */
export async function feed(db: Database, name: string): Promise<void> {
  for (const [event, row] of [
    ['insert', 'new'],
    ['update', 'new'],
    ['delete', 'old'],
  ] as const) {
    const now = sql.raw(`cast((julianday('now') - 2440587.5) * 86400000 as integer)`)
    const change = sql`insert into ${sql.id('change')} (table_name, row_id, changed_ms) values (${sql.lit(name)}, ${sql.raw(row)}.id, ${now});`
    await sql`create trigger ${sql.id(`${name}_${event}_feed`)} after ${sql.raw(event)} on ${sql.id(name)} begin ${change} end`.execute(db)
  }
}

/** Opens the store that the configuration names, and brings its schema to this version. */
import { resolve } from 'node:path'
import { MemoryBackend } from './memory/memory-backend.ts'
import type { SqliteDriverName } from './sqlite/open-database.ts'
import { SqliteBackend } from './sqlite/sqlite-backend.ts'
import { Store, type StoreTiming } from './store.ts'

/** The part of the platform's configuration that the store reads. */
export interface StoreConfig {
  /** Folder of everything kept. */
  readonly data: string
  /** `file` is relative to `data`, or absolute. */
  readonly store: { readonly kind: 'sqlite' | 'memory'; readonly file: string }
}

export interface StoreOptions extends StoreTiming {
  /** False opens SQLite in the caller's thread: for tests, never on a call path. By default true once built, false from source. */
  readonly thread?: boolean
  /** Instead of the first that can be loaded. */
  readonly driver?: SqliteDriverName
}

/** Throws `no-driver`, `cannot-open`. Several processes may open one file. */
export async function openStore(config: StoreConfig, options: StoreOptions = {}): Promise<Store> {
  if (config.store.kind === 'memory') return new Store(new MemoryBackend(), options)
  const { thread = !import.meta.url.endsWith('.ts'), driver } = options
  const file = resolve(config.data, config.store.file)
  return new Store(await SqliteBackend.open({ file, thread, ...(driver === undefined ? {} : { driver }) }), options)
}

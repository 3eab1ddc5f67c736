/** The store in memory, for tests and for a platform that may forget: the same answers as a database, and nothing afterwards. */
import type { Backend } from '../backend.ts'
import { MemoryBindings } from './memory-bindings.ts'
import { MemoryConfiguration } from './memory-configuration.ts'
import { MemoryRecords } from './memory-records.ts'

export class MemoryBackend implements Backend {
  readonly configuration: MemoryConfiguration = new MemoryConfiguration()
  readonly bindings: MemoryBindings = new MemoryBindings()
  readonly cdrs: MemoryRecords
  readonly ledger: MemoryRecords
  readonly waiting = 0

  constructor() {
    const records = new MemoryRecords()
    this.cdrs = records
    this.ledger = records
  }

  async close(): Promise<void> {}
}

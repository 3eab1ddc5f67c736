/** What every role is given: its log, its counters, its spool of facts, the configuration and the keys. */
import type { AdminPage } from './admin.ts'
import type { Config } from './config/schema.ts'
import { FactSpool, type Facts } from './facts.ts'
import { type Logger, log } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { type Keys, loadKeys } from './secret.ts'

export interface RoleContext {
  readonly role: string
  /** UTC ms at which this process opened its spool; names this life of the role. */
  readonly epoch: number
  readonly log: Logger
  readonly metrics: Metrics
  readonly facts: Facts
  readonly config: Config
  readonly keys: Keys
  /** What the role adds to its admin socket, by method and path, `GET /messages`. */
  readonly pages: Map<string, AdminPage>
}

export interface RoleContextOptions {
  /** Where log lines go; standard output when not given. */
  readonly write?: (line: string) => void
  /** CPU, memory and event loop of the process among the metrics. */
  readonly processMetrics?: boolean
}

/** Opens the spool and reads, or makes, the keys. */
export function createRoleContext(role: string, config: Config, options: RoleContextOptions = {}): RoleContext {
  const facts = FactSpool.open(config.data, role)
  return {
    role,
    epoch: facts.epoch,
    log: log(role, { ...config.log, ...(options.write ? { write: options.write } : {}) }),
    metrics: createMetrics(options.processMetrics ?? true),
    facts,
    config,
    keys: loadKeys(config.secret),
    pages: new Map(),
  }
}

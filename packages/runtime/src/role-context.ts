/** What every role is given: its log, its counters, its spool of facts, the configuration and the keys. */
import type { AdminPage } from './admin.ts'
import type { Config } from './config/schema.ts'
import { FactSpool, type Facts } from './facts.ts'
import { type Logger, log } from './log.ts'
import { LogSink } from './log-sink.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { type Keys, loadKeys } from './secret.ts'

export interface RoleContext {
  readonly role: string
  /** UTC ms at which this process opened its spool; names this life of the role. */
  readonly epoch: number
  readonly log: Logger
  /** Where its lines go, and those of its threads. */
  readonly write: (line: string) => void
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
  const sink = new LogSink()
  const write = options.write ?? sink.write
  const logger = log(role, { ...config.log, write })
  const facts = FactSpool.open(config.data, role, undefined, {
    onTrouble: error => {
      if (error === undefined) logger.warn({ lost: facts.lost }, 'facts of calls are written again')
      else logger.error({ err: error }, 'facts of calls cannot be written: they wait in memory')
    },
  })
  const metrics = createMetrics(options.processMetrics ?? true)
  metrics.gauge('strowger_facts_waiting', 'Facts of calls that the disk has not taken yet', () => facts.waiting)
  metrics.counterOf('strowger_facts_lost_total', 'Facts of calls that found no place to wait: records are missing them', () => facts.lost)
  metrics.counterOf('strowger_log_lines_lost_total', 'Log lines that nobody read', () => sink.lost)
  return {
    role,
    epoch: facts.epoch,
    log: logger,
    write,
    metrics,
    facts,
    config,
    keys: loadKeys(config.secret),
    pages: new Map(),
  }
}

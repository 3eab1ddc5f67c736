/** The jobs role: for now, the writer of CDRs over the spools of this machine. */
import { join } from 'node:path'
import type { Cdr } from '@strowger/domain'
import { type Config, type RoleContext, type Running, wall } from '@strowger/runtime'
import { openStore, type Store } from '@strowger/store'
import { type CdrCounts, CdrWriter } from './cdr-writer.ts'
import { SpoolFolder } from './spool-folder.ts'

/** Rejects with the store's error where the store cannot be opened. */
export async function startJobs(config: Config, context: RoleContext): Promise<Running> {
  const store = await openStore(config)
  try {
    const onRecord = ({ call, status, durationMs }: Cdr): void => context.log.info({ call, status, durationMs }, 'call recorded')
    const writer = await CdrWriter.open(store.ledger, new SpoolFolder(join(config.data, 'spool')), { onRecord })
    const jobs = new Jobs(store, writer, context)
    jobs.start()
    return jobs
  } catch (error) {
    await store.close()
    throw error
  }
}

const STEP_MS = 100
const SWEEP_MS = 60_000
const MAX_PAUSE_MS = 5000

class Jobs implements Running {
  readonly #store: Store
  readonly #writer: CdrWriter
  readonly #context: RoleContext
  #timer: NodeJS.Timeout | undefined
  #turn: Promise<void> = Promise.resolve()
  #sweptMs = 0
  #failures = 0
  #ended = false

  constructor(store: Store, writer: CdrWriter, context: RoleContext) {
    this.#store = store
    this.#writer = writer
    this.#context = context
    exposeCounts(context, writer)
  }

  start(): void {
    const pause = Math.min(STEP_MS * 2 ** this.#failures, MAX_PAUSE_MS)
    this.#timer = setTimeout(() => {
      this.#turn = this.#work().finally(() => {
        if (!this.#ended) this.start()
      })
    }, pause)
  }

  health(): object {
    return { openCalls: this.#writer.openCalls, ...this.#writer.counts }
  }

  /** The other roles have gone: what they left is all there will be. */
  async drain(): Promise<void> {
    await this.#halt()
    this.#turn = this.#writer.finish(wall())
    await this.#turn
  }

  /** Nothing is lost: what is not folded yet is folded at the next start. */
  async stop(): Promise<void> {
    await this.#halt()
    await this.#store.close()
  }

  async #halt(): Promise<void> {
    this.#ended = true
    clearTimeout(this.#timer)
    await this.#turn.catch(() => {})
  }

  async #work(): Promise<void> {
    try {
      while ((await this.#writer.step(wall())) && !this.#ended) {}
      if (wall() - this.#sweptMs >= SWEEP_MS) {
        this.#sweptMs = wall()
        await this.#writer.sweep(wall())
      }
      this.#failures = 0
    } catch (error) {
      this.#failures += 1
      this.#context.log.error({ err: error }, 'call records are not written; trying again')
    }
  }
}

function exposeCounts({ metrics }: RoleContext, writer: CdrWriter): void {
  metrics.gauge('strowger_cdr_open_calls', 'Calls whose facts have no end yet', () => writer.openCalls)
  for (const [name, count, help] of COUNTERS) metrics.counterOf(name, help, () => writer.counts[count])
}

const COUNTERS: readonly (readonly [string, keyof CdrCounts, string])[] = [
  ['strowger_cdr_written_total', 'written', 'Calls that got their record'],
  ['strowger_cdr_rewritten_total', 'rewritten', 'Records that a late fact changed'],
  ['strowger_cdr_malformed_total', 'malformed', 'Lines of spools that are no fact'],
  ['strowger_cdr_late_total', 'late', 'Facts that came after the other facts of their call were forgotten'],
]

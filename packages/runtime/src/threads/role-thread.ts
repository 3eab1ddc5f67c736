/** One worker thread of a role, as the main thread sees it: its lines go to the log, its facts to the spool, its death is an event. */
import { Worker } from 'node:worker_threads'
import type { Config } from '../config/schema.ts'
import type { RoleContext } from '../role-context.ts'
import { QuestionPort } from './question-port.ts'
import type { ThreadData, ThreadMetrics, ThreadOrder, ThreadQuestion } from './run-thread.ts'
import type { ThreadNews } from './thread-context.ts'

export interface RoleThreadOptions<Init> {
  /** Calls `runThread`. */
  readonly entry: URL
  readonly worker: number
  readonly context: RoleContext
  /** Where it is newer than that of `context`. */
  readonly config?: Config | undefined
  readonly init: Init
  /** Of the ports in `init`. */
  readonly transfer?: readonly import('node:worker_threads').MessagePort[]
  /** Answers what the thread asks. */
  answer(question: never): unknown
  /** Where its log lines go. Default where those of the role go. */
  readonly write?: ((line: string) => void) | undefined
}

/** `error` when it did not end in order. */
export interface ThreadEnd {
  readonly error?: Error
}

export class RoleThread<Init> {
  /** Rejects when it cannot start. */
  readonly ready: Promise<void>
  readonly ended: Promise<ThreadEnd>
  readonly #worker: Worker
  readonly #port: QuestionPort

  constructor({ entry, worker, context, config = context.config, init, transfer, answer, write = context.write }: RoleThreadOptions<Init>) {
    const { role, epoch, facts } = context
    const workerData: ThreadData<Init> = { role, worker, epoch, spool: facts.file, config, init }
    this.#worker = new Worker(entry, {
      workerData,
      name: `${role} ${worker}`,
      transferList: [...(transfer ?? [])],
      execArgv: ['--no-warnings'],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    })
    let settle: { resolve(): void; reject(error: Error): void }
    this.ready = new Promise((resolve, reject) => {
      settle = { resolve, reject }
    })
    this.ready.catch(() => {})
    let failure: Error | undefined
    this.#port = new QuestionPort(this.#worker, {
      answer,
      told: (news: ThreadNews) => {
        if (news.kind === 'log') write(news.line)
        else if (news.kind === 'fact') facts.append(news.fact)
        else if (news.kind === 'ready') settle.resolve()
        else failure = Object.assign(new Error(news.message), news.code === undefined ? {} : { code: news.code })
      },
    })
    this.#worker.on('error', error => {
      failure ??= error as Error
    })
    this.ended = new Promise(resolve => {
      this.#worker.once('exit', code => {
        const error = failure ?? (code === 0 ? undefined : new Error(`the worker ended with ${code}`))
        settle.reject(error ?? GONE)
        this.#port.close(error ?? GONE)
        resolve(error === undefined ? {} : { error })
      })
    })
  }

  /** Nothing new; resolves when nothing is left. */
  drain(): Promise<void> {
    return this.#ask({ kind: 'drain' })
  }

  /** Ends what is left, and the thread. */
  async stop(): Promise<void> {
    await this.#ask({ kind: 'stop' }).catch(() => {})
    await this.ended
  }

  /** At once, as a crash would. */
  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }

  refuseNew(): void {
    this.#port.tell({ kind: 'refuse-new' } satisfies ThreadOrder)
  }

  /** Undefined when it does not answer soon. */
  health(timeoutMs = 500): Promise<object | undefined> {
    return this.#ask<object>({ kind: 'health' }, timeoutMs).catch(() => undefined)
  }

  metrics(timeoutMs = 1000): Promise<ThreadMetrics | undefined> {
    return this.#ask<ThreadMetrics>({ kind: 'metrics' }, timeoutMs).catch(() => undefined)
  }

  /** Rejects after `timeoutMs`, where that is given. */
  page<A>(name: string, query = '', body = '', timeoutMs?: number): Promise<A> {
    return this.#ask({ kind: 'page', name, query, body }, timeoutMs)
  }

  #ask<A = void>(question: ThreadQuestion, timeoutMs?: number): Promise<A> {
    return this.#port.ask<A>(question, timeoutMs)
  }
}

const GONE: Error = new Error('the worker has ended')
/** As `--max-semi-space-size=32` of V8_FLAGS does for a process: three of these. The other flags are the process's, and count in its threads. */
const YOUNG_MB = 96

/** Runs SQL statements one after another, in a thread of its own or (for tests) in the caller's. */
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { StoreError } from '../store-error.ts'
import { openDatabase, type SqlResult } from './open-database.ts'
import type { Answer, Question, WorkerOptions } from './worker.ts'

export interface SqlEngine {
  run(sql: string, parameters: readonly unknown[]): Promise<SqlResult>
  close(): Promise<void>
}

/** In the caller's thread. Where another connection holds the lock it waits without blocking: the holder may be in this thread too. */
export function openEngine({ file, driver }: WorkerOptions): SqlEngine {
  const database = openDatabase(file, driver)
  database.run('PRAGMA busy_timeout = 0', [])
  return {
    async run(sql, parameters) {
      for (let tries = 0; ; tries++) {
        try {
          return database.run(sql, parameters)
        } catch (error) {
          if (!isBusy(error) || tries >= BUSY_TRIES) throw error
          await setTimeout(BUSY_PAUSE_MS)
        }
      }
    },
    close: async () => database.close(),
  }
}

/** Nothing was done, so the statement may be tried again. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && /database is locked|SQLITE_BUSY/.test(error.message)
}

const BUSY_PAUSE_MS = 5
const BUSY_TRIES = 1000

/** In a thread. Rejects where the database cannot be opened. */
export async function startEngine(options: WorkerOptions): Promise<SqlEngine> {
  const engine = new ThreadEngine(options)
  try {
    await engine.opened
  } catch (error) {
    await engine.close()
    throw error
  }
  return engine
}

interface Waiting {
  resolve(result: SqlResult | undefined): void
  reject(error: Error): void
}

class ThreadEngine implements SqlEngine {
  readonly opened: Promise<unknown>
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #exited: Promise<void>
  #asked = 0
  #dead: Error | undefined

  constructor(options: WorkerOptions) {
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: options, name: 'sqlite', execArgv: THREAD_ARGV })
    this.opened = this.#wait(0)
    this.#worker.on('message', (answer: Answer) => this.#answered(answer))
    this.#worker.on('error', error => this.#died(error))
    this.#exited = new Promise(resolve => {
      this.#worker.once('exit', () => {
        this.#died(new StoreError('closed', 'the database is closed'))
        resolve()
      })
    })
  }

  async run(sql: string, parameters: readonly unknown[]): Promise<SqlResult> {
    return (await this.#ask({ id: ++this.#asked, kind: 'run', sql, parameters }))!
  }

  async close(): Promise<void> {
    if (this.#dead === undefined) await this.#ask({ id: ++this.#asked, kind: 'close' }).catch(() => {})
    await this.#exited
  }

  async #ask(question: Question): Promise<SqlResult | undefined> {
    if (this.#dead !== undefined) throw this.#dead
    const answer = this.#wait(question.id)
    this.#worker.postMessage(question)
    return answer
  }

  #wait(id: number): Promise<SqlResult | undefined> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  #answered(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if ('error' in answer) waiting?.reject(Object.assign(new Error(answer.error.message), { code: answer.error.code }))
    else waiting?.resolve(answer.result)
  }

  #died(error: Error): void {
    this.#dead ??= error
    for (const waiting of this.#waiting.values()) waiting.reject(this.#dead)
    this.#waiting.clear()
  }
}

/** None of the process's own; and no notice that the runtime's SQLite is young. */
const THREAD_ARGV = ['--no-warnings']

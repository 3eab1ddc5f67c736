/** The thread that owns SQLite: one statement in, one answer out, in order. No disk ever blocks the loop of the thread that asks. */
import { parentPort, workerData } from 'node:worker_threads'
import { type Database, openDatabase, type SqliteDriverName, type SqlResult } from './open-database.ts'

export interface WorkerOptions {
  readonly file: string
  readonly driver?: SqliteDriverName
}

export type Question =
  | { readonly id: number; readonly kind: 'run'; readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly id: number; readonly kind: 'close' }

/** The first answer, with id 0, says that the database is open or why not. */
export type Answer =
  | { readonly id: number; readonly result?: SqlResult }
  | { readonly id: number; readonly error: { readonly message: string; readonly code: string } }

const port = parentPort!
const { file, driver } = workerData as WorkerOptions
let database: Database | undefined

answer(0, () => {
  database = openDatabase(file, driver)
  return undefined
})

port.on('message', (question: Question) => {
  answer(question.id, () => {
    if (question.kind === 'run') return database!.run(question.sql, question.parameters)
    database?.close()
    port.close()
    return undefined
  })
})

function answer(id: number, work: () => SqlResult | undefined): void {
  try {
    const result = work()
    port.postMessage((result ? { id, result } : { id }) satisfies Answer)
  } catch (error) {
    const { message, code } = error as { message: string; code?: unknown }
    port.postMessage({ id, error: { message, code: String(code ?? '') } } satisfies Answer)
  }
}

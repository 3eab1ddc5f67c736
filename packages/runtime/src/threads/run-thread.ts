/** A role's worker thread from start to end: told by the main thread, and dying alone when something in it is wrong. */
import { parentPort, workerData } from 'node:worker_threads'
import type { MetricObjectWithValues, MetricValue } from 'prom-client'
import type { Running } from '../daemon.ts'
import type { RoleContext } from '../role-context.ts'
import { QuestionPort } from './question-port.ts'
import { type ThreadNews, type ThreadPlace, threadContext } from './thread-context.ts'

/** What the main thread starts a thread with; `init` is the role's own. */
export interface ThreadData<Init> extends ThreadPlace {
  readonly init: Init
}

/** What the main thread asks. */
export type ThreadQuestion =
  | { readonly kind: 'drain' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'health' }
  | { readonly kind: 'metrics' }
  | { readonly kind: 'page'; readonly name: string; readonly query: string; readonly body: string }

/** What the main thread tells. */
export type ThreadOrder = { readonly kind: 'refuse-new' }

export type ThreadMetrics = readonly MetricObjectWithValues<MetricValue<string>>[]

/** `main` takes the thread's own questions. */
export type StartThread<Init> = (data: ThreadData<Init>, context: RoleContext, main: QuestionPort) => Promise<Running>

/** In the thread's entry file. The thread ends when it has been told to stop. */
export async function runThread<Init>(start: StartThread<Init>): Promise<void> {
  const data = workerData as ThreadData<Init>
  let running: Running | undefined
  const main = new QuestionPort(parentPort!, {
    answer: (question: ThreadQuestion) => answer(question, running, context),
    told: (order: ThreadOrder) => order.kind === 'refuse-new' && running?.refuseNew?.(),
  })
  const context = threadContext(data, main)
  try {
    running = await start(data, context, main)
    main.tell({ kind: 'ready' } satisfies ThreadNews)
  } catch (error) {
    const { message, code } = error as Error & { code?: string }
    main.tell({ kind: 'failed', message, code } satisfies ThreadNews)
    setImmediate(() => process.exit(1))
  }
}

async function answer(question: ThreadQuestion, running: Running | undefined, context: RoleContext): Promise<unknown> {
  switch (question.kind) {
    case 'drain':
      return running?.drain()
    case 'stop':
      setImmediate(() => void stopped(running, context).then(() => process.exit(0)))
      return undefined
    case 'health':
      return (await running?.health?.()) ?? {}
    case 'metrics':
      return context.metrics.registry.getMetricsAsJSON()
    case 'page':
      return context.pages.get(question.name)?.({ query: new URLSearchParams(question.query), body: question.body })
  }
}

/** What keeps it from closing must not keep the thread. */
async function stopped(running: Running | undefined, { log }: RoleContext): Promise<void> {
  try {
    await running?.stop()
  } catch (error) {
    log.error({ err: error }, 'could not end cleanly')
  }
}

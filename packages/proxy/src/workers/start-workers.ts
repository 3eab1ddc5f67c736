/** A proxy of several worker threads on the same ports: started, replaced when they die or on demand, asked as one. RFC 3261 §16. */
import { randomBytes } from 'node:crypto'
import type { MessagePort } from 'node:worker_threads'
import {
  type AdminQuestion,
  type Config,
  loadCertificate,
  monotonic,
  type RoleContext,
  RoleThread,
  type Running,
  SummedMetrics,
} from '@strowger/runtime'
import { Crew, type ListenAddress, type SharedListeners, shareListeners } from '@strowger/sip-transport'
import type { WorkerChanges } from '../daemon.ts'
import { changesBetween, reloaded, takenOver } from '../live-listeners.ts'
import { newBoot } from '../policy.ts'
import { listenersOf, type ProxyPorts } from '../proxy-listeners.ts'
import { MergedMessages, type Seen } from './merged-messages.ts'
import { sumHealth } from './sum-health.ts'
import type { WorkerInit } from './worker-init.ts'

export interface ProxyWorkersOptions {
  readonly context: RoleContext
  readonly ports: ProxyPorts
  /** How many, at least 1. */
  readonly workers: number
  /** Calls `runThread` with a {@link WorkerInit}. */
  readonly entry: URL
  readonly nonceKey: Uint8Array
  /** A worker whose loop has not turned for so long is ended, ms. Default 30 000. */
  readonly silentMs?: number | undefined
  /** Answers what the workers ask. */
  answer(question: never): unknown
  /** Runs at the very end. */
  close(): Promise<void>
  /** What is known beyond the workers. */
  health?(): object
}

/** Resolves when all of them are ready. @throws what kept the first of them from starting, after the others were stopped. */
export async function startWorkers(options: ProxyWorkersOptions): Promise<Running> {
  const { context, ports } = options
  // Before several threads want to make it.
  await loadCertificate(context.config)
  const shared = await shareListeners(listenersOf(context.config.listen, ports))
  const workers = new ProxyWorkers(options, shared)
  try {
    await workers.open()
  } catch (error) {
    await workers.stop()
    throw error
  }
  return workers
}

interface Thread {
  readonly place: number
  isReady: boolean
  /** Where it listens, as far as we know. */
  listen: readonly ListenAddress[]
  readonly since: number
  readonly thread: RoleThread<WorkerInit>
}

class ProxyWorkers implements Running {
  readonly #options: ProxyWorkersOptions
  readonly #shared: SharedListeners
  readonly #same: Pick<WorkerInit, 'boot' | 'tagKey' | 'nonceKey'>
  readonly #crew: Crew
  readonly #threads = new Map<number, Thread>()
  readonly #metrics = new SummedMetrics()
  readonly #messages = new MergedMessages()
  readonly #timers = new Set<NodeJS.Timeout>()
  #seeing: Promise<unknown> = Promise.resolve()
  /** Deaths in a row that came soon, by place. */
  readonly #failures = new Map<number, number>()
  #deaths = 0
  /** How many there are to be: places 1 to that. */
  #wanted: number
  #config: Config
  #state: 'opening' | 'open' | 'refusing' | 'draining' | 'closed' = 'opening'

  constructor(options: ProxyWorkersOptions, shared: SharedListeners) {
    const { nonceKey, workers } = options
    this.#options = options
    this.#shared = shared
    this.#config = options.context.config
    this.#wanted = workers
    this.#same = { boot: newBoot(), tagKey: randomBytes(32), nonceKey }
    this.#crew = new Crew({
      start: (worker, place, port) => this.#launch(worker, place, port),
      left: worker => void this.#retire(worker),
    })
  }

  async open(): Promise<void> {
    const { workers, context } = this.#options
    for (let place = 1; place <= workers; place++) this.#crew.start(place)
    await Promise.all([...this.#threads.values()].map(({ thread }) => thread.ready))
    this.#state = 'open'
    context.metrics.also(() => this.#exposition())
    context.metrics.counterOf('strowger_worker_deaths_total', 'Worker threads that ended by themselves', () => this.#deaths)
    context.metrics.gauge('strowger_workers', 'Worker threads', () => this.#threads.size)
    context.pages.set('GET /messages', asked => this.#seen(Number(asked.query.get('after') ?? 0)))
    context.pages.set('GET /workers', () => this.#listed())
    context.pages.set('POST /workers/replace', asked => this.#replace(asked))
  }

  /** Ports and certificates, of all workers or of none. */
  async reload(config: Config): Promise<object> {
    const { context } = this.#options
    const role = context.role === 'users-proxy' ? 'usersProxy' : 'trunksProxy'
    const before = this.#config
    const after = takenOver(before, config, role, true)
    const changes = changesBetween(before.listen, before[role], after[role])
    const opened: ListenAddress[] = []
    try {
      await loadCertificate(after)
      for (const address of changes.add) opened.push(await this.#shared.add(address))
      this.#config = after
      await this.#tellAll()
    } catch (cause) {
      this.#config = before
      for (const address of opened) this.#shared.remove(address)
      await this.#tellAll().catch(() => {})
      throw cause
    }
    for (const address of changes.remove) this.#shared.remove(address)
    await this.#tellAll()
    this.#resize(after[role].workers)
    return reloaded(changes, before, after, config, role)
  }

  /** Places that are new are filled; who has one that is no more keeps its calls until they end, and is gone then. */
  #resize(workers: number): void {
    const before = this.#wanted
    this.#wanted = workers
    this.#shrink()
    for (let place = before + 1; place <= workers; place++) if (this.#crew.isEmpty(place)) this.#crew.start(place)
  }

  /** The last that takes new calls stays until another does. */
  #shrink(): void {
    for (const { worker, place } of this.#crew.workers) {
      if (place > this.#wanted && this.#crew.remove(worker))
        this.#options.context.log.info({ worker, place }, 'a worker drains: there are to be fewer')
    }
  }

  refuseNew(): void {
    if (this.#state === 'open') this.#state = 'refusing'
    for (const { thread } of this.#threads.values()) thread.refuseNew()
  }

  /** A worker that dies meanwhile has nothing left; one that is only starting takes calls when it has, until it is told. */
  async drain(): Promise<void> {
    this.#state = 'draining'
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.all([...this.#threads.values()].map(({ thread }) => thread.ready.then(() => thread.drain()).catch(() => {})))
  }

  async stop(): Promise<void> {
    this.#state = 'closed'
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.all([...this.#threads.values()].map(({ thread }) => thread.stop()))
    this.#crew.close()
    this.#shared.close()
    await this.#options.close()
  }

  async health(): Promise<object> {
    const states = new Map(this.#crew.workers.map(({ worker, state }) => [worker, state]))
    const workers = await Promise.all(
      [...this.#threads].map(async ([worker, { place, thread }]) => {
        const detail = await thread.health()
        return { worker, place, state: detail === undefined ? 'silent' : (states.get(worker) ?? 'leaving'), ...detail }
      }),
    )
    const sum = sumHealth(workers.map(({ worker, place, state, ...detail }) => detail))
    return { ...sum, ...this.#options.health?.(), workers }
  }

  #launch(worker: number, place: number, port: MessagePort): void {
    const { entry, context, answer } = this.#options
    const { listen, left } = this.#shared
    const init = { ...this.#same, workers: this.#wanted, listen, left, port }
    const thread = new RoleThread<WorkerInit>({ entry, worker, context, config: this.#config, init, transfer: [port], answer })
    const known: Thread = { place, thread, since: monotonic(), isReady: false, listen }
    this.#threads.set(worker, known)
    thread.ready.then(
      () => {
        known.isReady = true
        // They may have changed while it started.
        if (known.listen !== this.#shared.listen)
          void this.#tell(known).catch(error => context.log.error({ err: error, worker }, 'listeners'))
        if (this.#state === 'refusing') thread.refuseNew()
        this.#crew.ready(worker)
        this.#shrink()
        if (this.#state !== 'opening') context.log.info({ worker, place }, 'a worker is ready')
      },
      () => {},
    )
    void thread.ended.then(({ error }) => this.#ended(worker, error))
    this.#listen(worker, place, thread)
  }

  /** A thread whose loop has not turned for so long will not do so again: another takes its place. */
  #listen(worker: number, place: number, thread: RoleThread<WorkerInit>): void {
    const { silentMs = SILENT_MS, context } = this.#options
    const look = async (): Promise<void> => {
      if (!this.#threads.has(worker) || this.#state === 'closed') return
      if ((await thread.health(silentMs)) !== undefined || !this.#threads.has(worker)) return this.#later(silentMs / 4, look)
      context.log.error({ worker, place, silentMs }, 'a worker is silent; it is ended')
      await thread.terminate()
    }
    thread.ready.then(look, () => {})
  }

  /** It has no call and no connection left. */
  async #retire(worker: number): Promise<void> {
    const thread = this.#threads.get(worker)?.thread
    const last = await thread?.metrics()
    if (last !== undefined) this.#metrics.heard(worker, last)
    await thread?.stop()
  }

  #ended(worker: number, error: Error | undefined): void {
    const { place, since, isReady } = this.#threads.get(worker)!
    this.#threads.delete(worker)
    this.#messages.gone(worker)
    void this.#metrics.gone(worker)
    const isEmpty = this.#crew.gone(worker)
    if (this.#state === 'closed' || (this.#state === 'opening' && !isReady)) return
    if (error === undefined) return this.#options.context.log.info({ worker, place }, 'a worker has left')
    this.#deaths++
    const soon = monotonic() - since < SETTLED_MS
    const failures = soon ? (this.#failures.get(place) ?? 0) : 0
    this.#failures.set(place, failures + 1)
    const delayMs = Math.min(MOST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures)
    this.#options.context.log.error({ worker, place, err: error, delayMs }, 'a worker died; the others take its calls')
    if (isEmpty && this.#state !== 'draining') this.#later(delayMs, () => this.#refill(place))
  }

  /** There may be fewer places by now, or somebody in it. */
  #refill(place: number): void {
    if (place <= this.#wanted && this.#crew.isEmpty(place)) this.#crew.start(place)
  }

  #later(delayMs: number, work: () => unknown): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      void work()
    }, delayMs)
    this.#timers.add(timer)
  }

  async #tellAll(): Promise<void> {
    await Promise.all([...this.#threads.values()].filter(({ isReady }) => isReady).map(known => this.#tell(known)))
  }

  async #tell(known: Thread): Promise<void> {
    const { listen } = this.#shared
    const before = known.listen
    known.listen = listen
    const add = listen.filter(one => !before.includes(one))
    const remove = before.filter(one => !listen.includes(one))
    const { tls, data, listen: address } = this.#config
    const changes: WorkerChanges = { add, remove, config: { tls, data, listen: address } }
    await known.thread.page('POST /listeners', '', JSON.stringify(changes), CHANGE_MS)
  }

  #listed(): object {
    return this.#crew.workers.map(({ worker, place, state }) => {
      const shards = this.#crew.map.chains.filter(chain => chain.at(-1) === worker).length
      return { worker, place, state, shards }
    })
  }

  /** Drained and replaced; with `now`, ended as it is. */
  #replace({ query }: AdminQuestion): object {
    const worker = Number(query.get('worker'))
    const thread = this.#threads.get(worker)?.thread
    if (thread === undefined) throw new Error(`there is no worker ${query.get('worker')}: GET /workers lists them`)
    if (this.#state === 'draining') throw new Error('all workers drain: none is replaced')
    if (query.has('now')) void thread.terminate()
    else if (this.#crew.replace(worker) === undefined) throw new Error(`worker ${worker} is not ready, or being replaced`)
    return this.#listed()
  }

  async #exposition(): Promise<string> {
    await this.#each(async (worker, thread) => {
      const metrics = await thread.metrics()
      if (metrics !== undefined && this.#threads.has(worker)) this.#metrics.heard(worker, metrics)
    })
    return this.#metrics.exposition()
  }

  /** One after the other: two at once would both be given the same, and it would be kept twice. */
  #seen(after: number): Promise<object> {
    const seen = this.#seeing.then(() => this.#see(after))
    this.#seeing = seen.catch(() => undefined)
    return seen
  }

  async #see(after: number): Promise<object> {
    const answers = new Map<number, Seen>()
    await this.#each(async (worker, thread) => {
      const seen = await thread
        .page<Seen | undefined>('GET /messages', `after=${this.#messages.after(worker)}`, '', PAGE_MS)
        .catch(() => undefined)
      if (seen !== undefined) answers.set(worker, seen)
    })
    this.#messages.take(answers)
    return this.#messages.since(after)
  }

  async #each(ask: (worker: number, thread: RoleThread<WorkerInit>) => Promise<void>): Promise<void> {
    await Promise.all([...this.#threads].map(([worker, { thread }]) => ask(worker, thread)))
  }
}

const FIRST_DELAY_MS = 100
const MOST_DELAY_MS = 10_000
const SETTLED_MS = 30_000
const SILENT_MS = 30_000
const PAGE_MS = 2000
const CHANGE_MS = 20_000

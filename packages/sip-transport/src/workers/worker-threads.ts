/** `listen` on several threads: the main one opens the ports and starts a program in each of the others, which `listen` there as well. RFC 3261 §18. */
import { randomBytes } from 'node:crypto'
import { MessageChannel, type MessagePort, Worker, workerData } from 'node:worker_threads'
import type { EndpointOptions, SipEndpoint } from '../endpoint.ts'
import type { ListenAddress } from '../listen-address.ts'
import type { TransportError } from '../transport-error.ts'
import { Crew } from './crew.ts'
import { ownCallId } from './own-call-id.ts'
import { type ProgramNews, type ProgramOrder, ProgramThread } from './program-thread.ts'
import type { WorkerSeat } from './protocol.ts'
import { type SharedListeners, shareListeners } from './share-listeners.ts'

/** Threads that share the ports. */
export interface WorkersOptions {
  /** Threads in all, this one included. */
  readonly count: number
  /** Runs in each of the others and calls `listen` with the same options: `import.meta.url` of the file that does so, or another file. */
  readonly program: string | URL
  /**
   * One of the others has died after it had called `listen`. Another is started in its place, after 100 ms, then 200 ms, … at most 10 s; a life of 30 s
   * resets that. The calls of the rest go on. A program that ends by itself, with 0, is not started again. Default: a warning of the process.
   */
  readonly onDeath?: ((death: WorkerDeath) => void) | undefined
}

/** A thread that is no more. */
export interface WorkerDeath {
  /** From 2 on; the main thread is 1. */
  readonly place: number
  /** What was thrown in it and not caught, or with which code it ended. */
  readonly error: Error
  /** When another is started in its place, ms. */
  readonly againInMs: number
}

/** Where this thread's endpoint listens: changed with those of all. */
export interface Doors {
  add(address: ListenAddress): Promise<unknown>
  remove(address: ListenAddress): void
}

/** One thread's part of the ports. */
export interface WorkerPart {
  /** For its endpoint. */
  readonly options: Pick<EndpointOptions, 'listen' | 'worker' | 'tagKey'>
  /** Its endpoint is open. Resolves when this thread knows which calls are its own; in the main one, when all are there. */
  joined(endpoint: SipEndpoint, doors: Doors): Promise<void>
  /** On all threads or on none. Only in the main one. @throws {TransportError} like `listen`. */
  add(address: ListenAddress): Promise<ListenAddress>
  /** On all threads. False when we do not listen there. Only in the main one. */
  remove(address: ListenAddress): boolean
  /** Of other threads, since the start; in the main one. */
  readonly deaths: number
  /** The main one is closed, and this one is to be. */
  readonly asked: Promise<void>
  /** Its endpoint is closed. The main one waits until the programs of the others have ended. */
  closed(): Promise<void>
}

/** In a thread that was started for it the part that it was given, else that of the main one. @throws {TransportError} like `shareListeners`. */
export function workerPart(workers: WorkersOptions, listen: EndpointOptions['listen']): Promise<WorkerPart> {
  const given = (workerData as { [KEY]?: Given } | null)?.[KEY]
  return given === undefined ? MainPart.open(workers, listen) : Promise.resolve(new ThreadPart(given))
}

interface Given {
  isTaken: boolean
  readonly listen: readonly [ListenAddress, ...ListenAddress[]]
  readonly worker: WorkerSeat
  readonly tagKey: Uint8Array
  /** Between its main thread and it: {@link ProgramOrder}, and back {@link ProgramNews}. */
  readonly control: MessagePort
}

class ThreadPart implements WorkerPart {
  readonly options: WorkerPart['options']
  readonly asked: Promise<void>
  readonly deaths = 0
  readonly #control: MessagePort

  constructor(given: Given) {
    if (given.isTaken) throw new TypeError('a program may listen with workers once')
    given.isTaken = true
    const { listen, worker, tagKey, control } = given
    this.options = { listen, worker, tagKey }
    this.#control = control
    this.asked = new Promise(resolve => control.on('message', ({ kind }: ProgramOrder) => kind === 'close' && resolve()))
  }

  async joined(endpoint: SipEndpoint, doors: Doors): Promise<void> {
    this.#control.on('message', (order: ProgramOrder) => {
      if (order.kind === 'remove') doors.remove(order.address)
      else if (order.kind === 'add') void this.#add(order, doors)
    })
    this.#say({ kind: 'ready' })
    await untilKnown(endpoint)
  }

  async #add({ id, address }: ProgramOrder & { readonly kind: 'add' }, doors: Doors): Promise<void> {
    const problem = await doors.add(address).then(
      () => undefined,
      ({ code, message }: TransportError) => ({ code, message }),
    )
    this.#say({ kind: 'added', id, problem })
  }

  #say(news: ProgramNews): void {
    this.#control.postMessage(news)
  }

  add(): never {
    throw new TypeError('where workers listen is changed in the main thread')
  }

  remove(): never {
    return this.add()
  }

  async closed(): Promise<void> {
    this.#control.close()
  }
}

class MainPart implements WorkerPart {
  readonly asked: Promise<void> = new Promise(() => {})
  readonly #shared: SharedListeners
  readonly #options: WorkersOptions
  readonly #tagKey = randomBytes(16)
  readonly #threads = new Map<number, ProgramThread>()
  readonly #crew: Crew
  /** Deaths in a row that came soon, by place. */
  readonly #failures = new Map<number, number>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #doors: Doors | undefined
  #deaths = 0
  #own!: WorkerSeat
  #isOpen = false

  static async open(options: WorkersOptions, listen: EndpointOptions['listen']): Promise<MainPart> {
    const { count } = options
    if (!Number.isSafeInteger(count) || count < 1) throw new TypeError(`workers.count is a whole number from 1 on; got ${count}`)
    return new MainPart(await shareListeners(listen), options)
  }

  private constructor(shared: SharedListeners, options: WorkersOptions) {
    this.#shared = shared
    this.#options = options
    this.#crew = new Crew({
      start: (worker, place, port) => {
        if (place === 1) this.#own = { worker, port }
        else this.#start({ worker, port }, place)
      },
      left: () => {},
    })
    for (let place = 1; place <= options.count; place++) this.#crew.start(place)
  }

  get options(): WorkerPart['options'] {
    return { listen: this.#shared.listen, worker: this.#own, tagKey: this.#tagKey }
  }

  get deaths(): number {
    return this.#deaths
  }

  async joined(endpoint: SipEndpoint, doors: Doors): Promise<void> {
    this.#doors = doors
    this.#crew.ready(this.#own.worker)
    await Promise.all([...this.#threads.values()].map(({ ready }) => ready))
    await untilKnown(endpoint)
    this.#isOpen = true
  }

  async add(address: ListenAddress): Promise<ListenAddress> {
    const opened = await this.#shared.add(address)
    try {
      await Promise.all([this.#doors?.add(opened), ...this.#readyThreads().map(thread => thread.add(opened))])
    } catch (cause) {
      this.remove(opened)
      throw cause
    }
    return opened
  }

  remove(address: ListenAddress): boolean {
    const found = this.#shared.remove(address)
    if (found === undefined) return false
    this.#doors?.remove(found)
    for (const thread of this.#readyThreads()) thread.remove(found)
    return true
  }

  async closed(): Promise<void> {
    this.#isOpen = false
    for (const timer of this.#timers) clearTimeout(timer)
    this.#shared.close()
    await Promise.all([...this.#threads.values()].map(thread => thread.end()))
    this.#crew.close()
  }

  #start(seat: WorkerSeat, place: number): void {
    const { port1, port2 } = new MessageChannel()
    const { program } = this.#options
    const listen = [...this.#shared.listen, ...this.#shared.left] as unknown as Given['listen']
    const given: Given = { isTaken: false, listen, worker: seat, tagKey: this.#tagKey, control: port2 }
    const worker = new Worker(typeof program === 'string' && program.startsWith('file:') ? new URL(program) : program, {
      argv: process.argv.slice(2),
      workerData: { [KEY]: given },
      transferList: [seat.port, port2],
    })
    const since = performance.now()
    const thread = new ProgramThread(worker, port1, this.#shared.listen, {
      ready: () => this.#isReady(seat.worker),
      gone: error => {
        this.#threads.delete(seat.worker)
        const isEmpty = this.#crew.gone(seat.worker)
        if (error !== undefined && isEmpty && this.#isOpen) this.#died(place, error, performance.now() - since)
      },
    })
    this.#threads.set(seat.worker, thread)
  }

  /** One that is not learns what has changed when it is. */
  #readyThreads(): ProgramThread[] {
    return [...this.#threads.values()].filter(({ isReady }) => isReady)
  }

  /** Where all listen may have changed while it started. */
  #isReady(worker: number): void {
    const thread = this.#threads.get(worker)!
    const { listen } = this.#shared
    for (const address of thread.listen) if (!listen.includes(address)) thread.remove(address)
    for (const address of listen) if (!thread.listen.includes(address)) thread.add(address).catch(warn)
    this.#crew.ready(worker)
  }

  /** Its calls go to the others at once, and its share to whoever takes its place. */
  #died(place: number, error: Error, livedMs: number): void {
    this.#deaths++
    const failures = livedMs < SETTLED_MS ? (this.#failures.get(place) ?? 0) : 0
    this.#failures.set(place, failures + 1)
    const againInMs = Math.min(MOST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures)
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#crew.start(place)
    }, againInMs)
    this.#timers.add(timer)
    const { onDeath = warnOf } = this.#options
    onDeath({ place, error, againInMs })
  }
}

function warnOf({ place, error, againInMs }: WorkerDeath): void {
  warn(new Error(`worker ${place} died and is started again in ${againInMs} ms`, { cause: error }))
}

function warn(error: Error): void {
  process.emitWarning(error)
}

/** The first map comes soon, and with it some Call-IDs are ours. */
async function untilKnown(endpoint: SipEndpoint): Promise<void> {
  while (ownCallId(endpoint) === undefined) await new Promise(resolve => setTimeout(resolve, 5))
}

/** In `workerData` of the threads we start. */
const KEY = '@strowger/sip-transport'
const FIRST_DELAY_MS = 100
const MOST_DELAY_MS = 10_000
const SETTLED_MS = 30_000

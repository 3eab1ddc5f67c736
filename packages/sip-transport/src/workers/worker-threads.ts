/** `listen` on several threads: the main one opens the ports and starts a program in each of the others, which `listen` there as well. RFC 3261 §18. */
import { randomBytes } from 'node:crypto'
import { MessageChannel, type MessagePort, Worker, workerData } from 'node:worker_threads'
import type { EndpointOptions, SipEndpoint } from '../endpoint.ts'
import type { ListenAddress } from '../listen-address.ts'
import { TransportError } from '../transport-error.ts'
import { Crew } from './crew.ts'
import { ownCallId } from './own-call-id.ts'
import type { WorkerSeat } from './protocol.ts'
import { type SharedListeners, shareListeners } from './share-listeners.ts'

/** Threads that share the ports. */
export interface WorkersOptions {
  /** Threads in all, this one included. */
  readonly count: number
  /** Runs in each of the others and calls `listen` with the same options: `import.meta.url` of the file that does so, or another file. */
  readonly program: string | URL
}

/** One thread's part of the ports. */
export interface WorkerPart {
  /** For its endpoint. */
  readonly options: Pick<EndpointOptions, 'listen' | 'worker' | 'tagKey'>
  /** Its endpoint is open. Resolves when this thread knows which calls are its own; in the main one, when all are there. */
  joined(endpoint: SipEndpoint): Promise<void>
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
  /** Between its main thread and it: `ready`, and back `close`. */
  readonly control: MessagePort
}

class ThreadPart implements WorkerPart {
  readonly options: WorkerPart['options']
  readonly asked: Promise<void>
  readonly #control: MessagePort

  constructor(given: Given) {
    if (given.isTaken) throw new TypeError('a program may listen with workers once')
    given.isTaken = true
    const { listen, worker, tagKey, control } = given
    this.options = { listen, worker, tagKey }
    this.#control = control
    this.asked = new Promise(resolve => control.once('message', () => resolve()))
  }

  async joined(endpoint: SipEndpoint): Promise<void> {
    this.#control.postMessage('ready')
    await untilKnown(endpoint)
  }

  async closed(): Promise<void> {
    this.#control.close()
  }
}

class MainPart implements WorkerPart {
  readonly asked: Promise<void> = new Promise(() => {})
  readonly #shared: SharedListeners
  readonly #program: string | URL
  readonly #tagKey = randomBytes(16)
  readonly #threads = new Map<number, Thread>()
  readonly #crew: Crew
  #own!: WorkerSeat

  static async open({ count, program }: WorkersOptions, listen: EndpointOptions['listen']): Promise<MainPart> {
    if (!Number.isSafeInteger(count) || count < 1) throw new TypeError(`workers.count is a whole number from 1 on; got ${count}`)
    return new MainPart(await shareListeners(listen), program, count)
  }

  private constructor(shared: SharedListeners, program: string | URL, count: number) {
    this.#shared = shared
    this.#program = typeof program === 'string' && program.startsWith('file:') ? new URL(program) : program
    this.#crew = new Crew({
      start: (worker, place, port) => {
        if (place === 1) this.#own = { worker, port }
        else this.#threads.set(worker, this.#start({ worker, port }))
      },
      left: () => {},
    })
    for (let place = 1; place <= count; place++) this.#crew.start(place)
  }

  get options(): WorkerPart['options'] {
    return { listen: this.#shared.listen, worker: this.#own, tagKey: this.#tagKey }
  }

  async joined(endpoint: SipEndpoint): Promise<void> {
    this.#crew.ready(this.#own.worker)
    await Promise.all([...this.#threads.values()].map(({ ready }) => ready))
    await untilKnown(endpoint)
    this.#shared.close()
  }

  async closed(): Promise<void> {
    this.#shared.close()
    await Promise.all([...this.#threads.values()].map(thread => thread.end()))
    this.#crew.close()
  }

  #start(seat: WorkerSeat): Thread {
    const { port1, port2 } = new MessageChannel()
    const given: Given = { isTaken: false, listen: this.#shared.listen, worker: seat, tagKey: this.#tagKey, control: port2 }
    const worker = new Worker(this.#program, {
      argv: process.argv.slice(2),
      workerData: { [KEY]: given },
      transferList: [seat.port, port2],
    })
    return new Thread(worker, port1, {
      ready: () => this.#crew.ready(seat.worker),
      gone: () => {
        this.#threads.delete(seat.worker)
        this.#crew.gone(seat.worker)
      },
    })
  }
}

class Thread {
  /** Rejects when it ends before. */
  readonly ready: Promise<void>
  readonly #worker: Worker
  readonly #control: MessagePort
  readonly #ended: Promise<void>

  /** What goes wrong in it later is thrown here, as it would be without it. */
  constructor(worker: Worker, control: MessagePort, { ready, gone }: { readonly ready: () => void; readonly gone: () => void }) {
    this.#worker = worker
    this.#control = control
    let isReady = false
    this.ready = new Promise((resolve, reject) => {
      control.once('message', () => {
        isReady = true
        ready()
        resolve()
      })
      worker.on('error', error => {
        if (isReady) throw error
        reject(error)
      })
      worker.once('exit', code => reject(new TransportError('closed', `a worker's program ended with ${code} before it had called listen`)))
    })
    this.ready.catch(() => {})
    this.#ended = new Promise(resolve => {
      worker.once('exit', () => {
        control.close()
        gone()
        resolve()
      })
    })
  }

  /** Its endpoint is closed, and its program has some time to end by itself. */
  async end(): Promise<void> {
    this.#control.postMessage('close')
    const hurry = setTimeout(() => void this.#worker.terminate(), PATIENCE_MS)
    await this.#ended
    clearTimeout(hurry)
  }
}

/** The first map comes soon, and with it some Call-IDs are ours. */
async function untilKnown(endpoint: SipEndpoint): Promise<void> {
  while (ownCallId(endpoint) === undefined) await new Promise(resolve => setTimeout(resolve, 5))
}

/** In `workerData` of the threads we start. */
const KEY = '@strowger/sip-transport'
const PATIENCE_MS = 2000

/** A thread that runs a program which listens with us, as the main one sees it: told where to listen and when to end; its death is an event. RFC 3261 §18.2. */
import type { MessagePort, Worker } from 'node:worker_threads'
import type { ListenAddress } from '../listen-address.ts'
import { TransportError } from '../transport-error.ts'

/** From the main thread. */
export type ProgramOrder =
  | { readonly kind: 'close' }
  | { readonly kind: 'add'; readonly id: number; readonly address: ListenAddress }
  | { readonly kind: 'remove'; readonly address: ListenAddress }

/** To the main thread. `problem`: why it could not listen there. */
export type ProgramNews =
  | { readonly kind: 'ready' }
  | { readonly kind: 'added'; readonly id: number; readonly problem?: { readonly code: string; readonly message: string } | undefined }

/** `error`: absent when its program ended by itself. */
export interface ProgramEvents {
  ready(): void
  gone(error: Error | undefined): void
}

export class ProgramThread {
  /** Rejects when it ends before. */
  readonly ready: Promise<void>
  /** Its program has called `listen`. */
  isReady = false
  /** What it knows of. */
  listen: readonly ListenAddress[]
  readonly #worker: Worker
  readonly #control: MessagePort
  readonly #ended: Promise<void>
  readonly #adding = new Map<number, { resolve(): void; reject(error: Error): void }>()
  #ids = 0

  constructor(worker: Worker, control: MessagePort, listen: readonly ListenAddress[], events: ProgramEvents) {
    this.#worker = worker
    this.#control = control
    this.listen = listen
    let failure: Error | undefined
    worker.on('error', error => {
      failure = error as Error
    })
    this.ready = new Promise((resolve, reject) => {
      control.on('message', (news: ProgramNews) => {
        if (news.kind === 'added') return this.#added(news)
        this.isReady = true
        events.ready()
        resolve()
      })
      worker.once('exit', code =>
        reject(failure ?? new TransportError('closed', `a worker's program ended with ${code} before it had called listen`)),
      )
    })
    this.ready.catch(() => {})
    this.#ended = new Promise(resolve => {
      worker.once('exit', code => {
        control.close()
        for (const { resolve } of this.#adding.values()) resolve()
        events.gone(failure ?? (code === 0 ? undefined : new Error(`its program ended with ${code}`)))
        resolve()
      })
    })
  }

  /** Resolves when it listens there, too, or is gone. @throws {TransportError} as its endpoint does. */
  add(address: ListenAddress): Promise<void> {
    this.listen = [...this.listen, address]
    const id = ++this.#ids
    this.#order({ kind: 'add', id, address })
    return new Promise((resolve, reject) => this.#adding.set(id, { resolve, reject }))
  }

  remove(address: ListenAddress): void {
    this.listen = this.listen.filter(one => one !== address)
    this.#order({ kind: 'remove', address })
  }

  /** Its endpoint is closed, and its program has some time to end by itself. */
  async end(): Promise<void> {
    this.#order({ kind: 'close' })
    const hurry = setTimeout(() => void this.#worker.terminate(), PATIENCE_MS)
    await this.#ended
    clearTimeout(hurry)
  }

  #added({ id, problem }: ProgramNews & { readonly kind: 'added' }): void {
    const adding = this.#adding.get(id)
    this.#adding.delete(id)
    if (problem === undefined) adding?.resolve()
    else adding?.reject(new TransportError(problem.code, problem.message))
  }

  #order(order: ProgramOrder): void {
    this.#control.postMessage(order)
  }
}

const PATIENCE_MS = 2000

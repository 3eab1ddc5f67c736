/** Several workers of one role in this process: endpoints that share their ports, joined by message ports. */
import { CallId, responseTo } from '@strowger/sip-parser'
import { type Core, type CoreOutput, type EndpointOptions, type ListenAddress, SipEndpoint } from '../../src/index.ts'
import { Crew } from '../../src/workers/crew.ts'
import { type SharedListeners, shareListeners } from '../../src/workers/share-listeners.ts'
import { closeLater, Inbox } from '../peers.ts'

export interface Worker {
  readonly id: number
  readonly endpoint: SipEndpoint
  readonly outputs: Inbox<CoreOutput>
  /** Call-IDs of what waits for an answer. */
  readonly live: Set<string>
}

export interface RoleOptions {
  readonly workers: number
  /** What a worker does with a new request; by default 200, with its own number as Server. */
  readonly react?: (output: CoreOutput, worker: Worker, now: number) => void
  readonly flowQuietMs?: number
  /** The same for all of them. With `tls` they listen on TLS, too. */
  readonly endpoint?: Pick<EndpointOptions, 'limits' | 'tls'>
  /** A worker is `ready` only when this resolves. */
  readonly readyWhen?: (worker: number) => Promise<unknown>
}

export class TestRole {
  readonly workers = new Map<number, Worker>()
  readonly left: Inbox<number> = new Inbox<number>()
  readonly changes: Inbox<number> = new Inbox<number>()
  readonly crew: Crew
  readonly #options: RoleOptions
  #shared!: SharedListeners
  #opening: Promise<unknown>[] = []

  constructor(options: RoleOptions) {
    this.#options = options
    this.crew = new Crew({
      start: (worker, _place, port) => this.#opening.push(this.#open(worker, port)),
      left: worker => void this.end(worker),
      changed: () => this.changes.push(this.crew.map.version),
    })
  }

  async start(): Promise<void> {
    this.#shared = await shareListeners([
      { transport: 'UDP', address: '127.0.0.1' },
      { transport: 'TCP', address: '127.0.0.1' },
      ...(this.#options.endpoint?.tls === undefined ? [] : [{ transport: 'TLS', address: '127.0.0.1' } as const]),
    ])
    closeLater(() => this.#close())
    for (let place = 1; place <= this.#options.workers; place++) this.crew.start(place)
    await this.settled()
  }

  get udp(): number {
    return this.#shared.listen[0].port!
  }

  get tcp(): number {
    return this.#shared.listen[1]!.port!
  }

  get tls(): number {
    return this.#shared.listen[2]!.port!
  }

  /** On all of them. */
  async addListener(address: ListenAddress): Promise<ListenAddress> {
    const added = await this.#shared.add(address)
    for (const { endpoint } of this.workers.values()) await endpoint.addListener(added)
    return added
  }

  removeListener(at: ListenAddress): void {
    this.#shared.remove(at)
    for (const { endpoint } of this.workers.values()) endpoint.removeListener(at.transport, { address: at.address, port: at.port! })
  }

  /** The one that would take a new call. */
  ownerOf(callId: string): Worker {
    const owner = [...this.workers.values()].find(({ endpoint }) => endpoint.takesNew(callId))
    if (owner === undefined) throw new Error(`nobody owns ${callId}`)
    return owner
  }

  /** A Call-ID that is new and whose owner this is. */
  callOf(worker: Worker): string {
    for (let n = 0; ; n++) {
      const callId = `call-${n}-${Math.random()}`
      if (worker.endpoint.takesNew(callId)) return callId
    }
  }

  get handedOver(): number {
    return [...this.workers.values()].reduce((sum, { endpoint }) => sum + endpoint.crossings().handedOver, 0)
  }

  get sentByOthers(): number {
    return [...this.workers.values()].reduce((sum, { endpoint }) => sum + endpoint.crossings().sentByOthers, 0)
  }

  /** Everybody is open and knows who the others are: each shard has one owner, as all see it. */
  async settled(): Promise<void> {
    while (this.#opening.length > 0) await Promise.all(this.#opening.splice(0))
    while (!this.#isSettled()) await turn()
  }

  #isSettled(): boolean {
    const claims = SAMPLE.map(callId => [...this.workers.values()].filter(({ endpoint }) => endpoint.takesNew(callId)).map(({ id }) => id))
    const owners = new Set(claims.flat())
    const ready = this.crew.workers.filter(({ state }) => state === 'ready').map(({ worker }) => worker)
    return claims.every(ids => ids.length === 1) && ready.length === owners.size && ready.every(worker => owners.has(worker))
  }

  /** As when its thread dies. */
  async end(id: number): Promise<void> {
    const worker = this.workers.get(id)
    this.workers.delete(id)
    await worker?.endpoint.close()
    this.crew.gone(id)
    this.left.push(id)
  }

  async #open(id: number, port: import('node:worker_threads').MessagePort): Promise<void> {
    const { react = answer, flowQuietMs = 40, readyWhen } = this.#options
    const live = new Set<string>()
    const outputs = new Inbox<CoreOutput>()
    let worker: Worker | undefined
    const core: Core = {
      liveCalls: () => live,
      onOutput: (output, now) => {
        outputs.push(output)
        if (worker !== undefined) react(output, worker, now)
      },
    }
    const seat = { worker: id, port, lingerMs: 40, flowQuietMs }
    const listen = [...this.#shared.listen, ...this.#shared.left] as unknown as SharedListeners['listen']
    const endpoint = await SipEndpoint.open({ listen, core, worker: seat, tagKey: TAG_KEY, ...this.#options.endpoint })
    worker = { id, endpoint, outputs, live }
    this.workers.set(id, worker)
    await readyWhen?.(id)
    this.crew.ready(id)
  }

  async #close(): Promise<void> {
    for (const { endpoint } of this.workers.values()) await endpoint.close()
    this.crew.close()
    this.#shared.close()
  }
}

export function answer(output: CoreOutput, { id, endpoint }: Worker): void {
  if (output.kind !== 'request') return
  endpoint.layer.replyStateless(output.incoming, responseTo(output.incoming.request, 200).raw('Server', String(id)))
}

/** Accepts, and leaves it unanswered until somebody calls `respond` of what is in `live`. */
export function hold(output: CoreOutput, { endpoint, live }: Worker, now: number): void {
  if (output.kind === 'request') {
    endpoint.layer.accept(now, output.incoming)
    live.add(output.incoming.request.headers.get(CallId)!)
  } else if (output.kind === 'cancelled') {
    endpoint.layer.respond(now, output.transaction, responseTo(output.transaction.request, 487))
    live.delete(output.transaction.request.headers.get(CallId)!)
  }
}

export function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

/** Of many shards. */
const SAMPLE: readonly string[] = Array.from({ length: 512 }, (_, n) => `sample-${n}`)
const TAG_KEY = new Uint8Array(16)

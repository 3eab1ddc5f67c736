/** The coordinator's shell: ports between the workers of a role, and what the coordinator wants done. Whoever starts the threads stands on this. RFC 3261 §18. */
import { randomFillSync } from 'node:crypto'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { Coordinator, type WorkerState } from './coordinator.ts'
import type { CoordinatorMessage, WorkerMessage } from './protocol.ts'
import type { ShardMap, WorkerId } from './shard-map.ts'

/** What the crew wants done by whoever has the threads. RFC 3261 §18. */
export interface CrewOptions {
  /** Starts one: `port` is for its {@link WorkerSeat}. `place` is 1 to the number of workers. Say `ready` or `gone` then. */
  start(worker: WorkerId, place: number, port: MessagePort): void
  /** It has no call and no connection left: end it, and say `gone`. */
  left(worker: WorkerId): void
  /** Somebody came, went or drains; or the map is another. */
  changed?(): void
}

/** Main thread: says which worker owns what, and has each of them meet the others. One for the workers of one set of ports. */
export class Crew {
  readonly #options: CrewOptions
  readonly #coordinator: Coordinator
  readonly #ports = new Map<WorkerId, MessagePort>()
  /** Have met each other. */
  readonly #met = new Set<WorkerId>()

  constructor(options: CrewOptions) {
    const [k0 = 0, k1 = 0] = randomFillSync(new Int32Array(2))
    this.#options = options
    this.#coordinator = new Coordinator([k0, k1])
  }

  /** Who owns what now; not all may know yet. */
  get map(): ShardMap {
    return this.#coordinator.map
  }

  /** All that were started and are not gone, in that order. */
  get workers(): readonly { readonly worker: WorkerId; readonly place: number; readonly state: WorkerState }[] {
    return this.#coordinator.workers
  }

  /** A worker for a place that is empty; the others give it its share when it is ready. */
  start(place: number): WorkerId {
    return this.#do(() => this.#coordinator.start(place))
  }

  /** Another one in its place; it keeps its calls until they end. `undefined` when it is not ready, or being replaced. */
  replace(worker: WorkerId): WorkerId | undefined {
    return this.#do(() => this.#coordinator.replace(worker))
  }

  /** Its place is given up; it keeps its calls until they end. False when it drains already, or no other is ready. */
  remove(worker: WorkerId): boolean {
    return this.#do(() => this.#coordinator.remove(worker))
  }

  /** Whether this place wants somebody. */
  isEmpty(place: number): boolean {
    return this.#coordinator.isEmpty(place)
  }

  /** Its endpoint is open. */
  ready(worker: WorkerId): void {
    this.#introduce(worker)
    this.#do(() => this.#coordinator.ready(worker))
  }

  /** However it ended. True when its place is empty: start another. */
  gone(worker: WorkerId): boolean {
    this.#ports.get(worker)?.close()
    this.#ports.delete(worker)
    this.#met.delete(worker)
    for (const other of this.#met) this.#tell(other, { kind: 'gone', worker })
    return this.#do(() => this.#coordinator.gone(worker))
  }

  /** Nobody is told anything any more. */
  close(): void {
    for (const port of this.#ports.values()) port.close()
    this.#ports.clear()
    this.#met.clear()
  }

  #do<R>(input: () => R): R {
    const result = input()
    for (let output = this.#coordinator.poll(); output !== undefined; output = this.#coordinator.poll()) {
      if (output.kind === 'start') this.#start(output.worker, output.place)
      else if (output.kind === 'publish') for (const worker of this.#met) this.#tell(worker, { kind: 'map', map: output.map })
      else this.#tell(output.worker, { kind: 'retire' })
    }
    this.#options.changed?.()
    return result
  }

  #start(worker: WorkerId, place: number): void {
    const { port1, port2 } = new MessageChannel()
    port1.on('message', message => this.#heard(worker, message as WorkerMessage))
    this.#ports.set(worker, port1)
    this.#options.start(worker, place, port2)
  }

  #introduce(worker: WorkerId): void {
    if (!this.#ports.has(worker)) return
    for (const other of this.#met) {
      const { port1, port2 } = new MessageChannel()
      const [there, back] = [new SharedArrayBuffer(4), new SharedArrayBuffer(4)]
      this.#tell(worker, { kind: 'colleague', worker: other, port: port1, toThem: there, toUs: back }, port1)
      this.#tell(other, { kind: 'colleague', worker, port: port2, toThem: back, toUs: there }, port2)
    }
    this.#met.add(worker)
    // The next one may wait for somebody who does not answer.
    if (this.map.version > 0) this.#tell(worker, { kind: 'map', map: this.map })
  }

  #heard(worker: WorkerId, message: WorkerMessage): void {
    if (message.kind === 'aware') this.#do(() => this.#coordinator.aware(worker, message.version))
    else if (message.kind === 'released') this.#do(() => this.#coordinator.released(worker, message.shards))
    else this.#options.left(worker)
  }

  #tell(worker: WorkerId, message: CoordinatorMessage, port?: MessagePort): void {
    this.#ports.get(worker)?.postMessage(message, port === undefined ? [] : [port])
  }
}

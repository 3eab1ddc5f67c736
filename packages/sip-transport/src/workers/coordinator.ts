/** Starts, replaces and retires the workers of a role, and publishes who owns what: one change at a time, the next when everybody knows. RFC 3261 §8.1.1.4. */
import type { ShardKey } from '../shard.ts'
import { drop, join, leave, NO_WORKERS, release, replace, type ShardMap, type WorkerId } from './shard-map.ts'

/** What the shell has to do. */
export type CoordinatorOutput =
  /** A worker for this place, 1 to N; `ready` or `gone` follows. */
  | { readonly kind: 'start'; readonly worker: WorkerId; readonly place: number }
  /** To each worker of {@link Coordinator.workers} but those that start. */
  | { readonly kind: 'publish'; readonly map: ShardMap }
  /** It has no call left: it closes its connections and ends. */
  | { readonly kind: 'retire'; readonly worker: WorkerId }

/** `draining`: takes no new calls, has some left; `leaving`: has none, ends its connections. */
export type WorkerState = 'starting' | 'ready' | 'draining' | 'leaving'

interface Known {
  readonly place: number
  state: WorkerState
  /** Whose place it takes when it is ready. */
  readonly instead: WorkerId | undefined
}

/** One rule: after each input take `poll` until it returns `undefined`. */
export class Coordinator {
  readonly #workers = new Map<WorkerId, Known>()
  readonly #changes: ((map: ShardMap) => ShardMap)[] = []
  /** Have yet to say that they know the map. */
  readonly #unaware = new Set<WorkerId>()
  readonly #outputs: CoordinatorOutput[] = []
  #map: ShardMap
  #ids = 0

  /** @param key of the hash that makes shards of Call-IDs. */
  constructor(key?: ShardKey) {
    this.#map = { ...NO_WORKERS, key }
  }

  get map(): ShardMap {
    return this.#map
  }

  /** In the order in which they were started. */
  get workers(): readonly { readonly worker: WorkerId; readonly place: number; readonly state: WorkerState }[] {
    return [...this.#workers].map(([worker, { place, state }]) => ({ worker, place, state }))
  }

  /** A worker for a place that is empty. */
  start(place: number): WorkerId {
    return this.#start(place, undefined)
  }

  /**
   * Another one for the place of this worker, which keeps its calls until they end. Returns `undefined`, and does nothing, when it is not
   * `ready`, or is being replaced already.
   */
  replace(worker: WorkerId): WorkerId | undefined {
    const known = this.#workers.get(worker)
    const isBeing = [...this.#workers.values()].some(({ instead }) => instead === worker)
    return known?.state !== 'ready' || isBeing ? undefined : this.#start(known.place, worker)
  }

  ready(worker: WorkerId): void {
    const known = this.#workers.get(worker)
    if (known?.state !== 'starting') return
    known.state = 'ready'
    const before = known.instead === undefined ? undefined : this.#workers.get(known.instead)
    if (before === undefined) this.#changes.push(map => this.#relieve(join(map, worker)))
    else {
      before.state = 'draining'
      this.#changes.push(map => this.#relieve(replace(map, known.instead!, worker)))
    }
    this.#advance()
  }

  /** It knows the map of this version. */
  aware(worker: WorkerId, version: number): void {
    if (version === this.#map.version) this.#unaware.delete(worker)
    this.#advance()
  }

  /** The calls it kept of these shards have ended. */
  released(worker: WorkerId, shards: readonly number[]): void {
    this.#changes.push(map => release(map, worker, shards))
    this.#advance()
  }

  /** It has ended, however; a retired one has, too. Returns whether its place is empty now. */
  gone(worker: WorkerId): boolean {
    const known = this.#workers.get(worker)
    if (known === undefined) return false
    this.#workers.delete(worker)
    this.#unaware.delete(worker)
    this.#changes.push(map => this.#relieve(drop(map, worker)))
    this.#advance()
    return ![...this.#workers.values()].some(({ place, state }) => place === known.place && (state === 'starting' || state === 'ready'))
  }

  poll(): CoordinatorOutput | undefined {
    return this.#outputs.shift()
  }

  #start(place: number, instead: WorkerId | undefined): WorkerId {
    const worker = ++this.#ids
    this.#workers.set(worker, { place, state: 'starting', instead })
    this.#outputs.push({ kind: 'start', worker, place })
    return worker
  }

  /** Who drains takes nothing new, even when its successor has died, unless it is the last. */
  #relieve(map: ShardMap): ShardMap {
    let relieved = map
    for (const [worker, { state }] of this.#workers) if (state === 'draining') relieved = leave(relieved, worker)
    return relieved
  }

  #advance(): void {
    while (this.#unaware.size === 0) {
      const change = this.#changes.shift()
      if (change === undefined) break
      const { version } = this.#map
      const map = change(this.#map)
      if (map.version === version) continue
      this.#map = { ...map, version: version + 1 }
      for (const [worker, { state }] of this.#workers) if (state !== 'starting') this.#unaware.add(worker)
      this.#outputs.push({ kind: 'publish', map: this.#map })
    }
    if (this.#unaware.size === 0) this.#retire()
  }

  #retire(): void {
    for (const [worker, known] of this.#workers) {
      if (known.state !== 'draining' || this.#map.chains.some(chain => chain.includes(worker))) continue
      known.state = 'leaving'
      this.#outputs.push({ kind: 'retire', worker })
    }
  }
}

/** Starts, replaces and retires the workers of a role, and publishes who owns what: one change at a time, the next when everybody knows. RFC 3261 §8.1.1.4. */
import type { ShardKey } from '../shard.ts'
import { drop, join, leave, NO_WORKERS, ownedBy, release, replace, type ShardMap, type WorkerId } from './shard-map.ts'

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
  /** Its place is no more. */
  isUnwanted: boolean
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

  /**
   * Its place is given up: the others take what is new, and it keeps its calls until they end. One that is only starting drains as soon as it is
   * ready, and so does who was to be replaced by it. False when it is draining already, or the last that takes anything new.
   */
  remove(worker: WorkerId): boolean {
    const known = this.#workers.get(worker)
    const others = [...this.#workers].some(([id, { state }]) => id !== worker && state === 'ready')
    if (known === undefined || known.isUnwanted || !others || (known.state !== 'starting' && known.state !== 'ready')) return false
    known.isUnwanted = true
    if (known.state === 'ready') this.#relieveOf(known)
    this.#advance()
    return true
  }

  /** Whether nobody has this place, or is about to. */
  isEmpty(place: number): boolean {
    return ![...this.#workers.values()].some(
      known => known.place === place && !known.isUnwanted && (known.state === 'starting' || known.state === 'ready'),
    )
  }

  ready(worker: WorkerId): void {
    const known = this.#workers.get(worker)
    if (known?.state !== 'starting') return
    known.state = 'ready'
    const before = known.instead === undefined ? undefined : this.#workers.get(known.instead)
    if (before === undefined) this.#changes.push(map => this.#relieve(join(map, worker)))
    else {
      before.state = 'draining'
      this.#changes.push(map => this.#relieve(this.#instead(map, known.instead!, worker)))
    }
    if (known.isUnwanted) this.#relieveOf(known)
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
    return !known.isUnwanted && this.isEmpty(known.place)
  }

  poll(): CoordinatorOutput | undefined {
    return this.#outputs.shift()
  }

  #start(place: number, instead: WorkerId | undefined): WorkerId {
    const worker = ++this.#ids
    this.#workers.set(worker, { place, state: 'starting', instead, isUnwanted: false })
    this.#outputs.push({ kind: 'start', worker, place })
    return worker
  }

  /** A change before this one may have given all that was its predecessor's to others. */
  #instead(map: ShardMap, from: WorkerId, to: WorkerId): ShardMap {
    const replaced = replace(map, from, to)
    return ownedBy(replaced, to) > 0 ? replaced : join(replaced, to)
  }

  #relieveOf(known: Known): void {
    known.state = 'draining'
    this.#changes.push(map => this.#relieve(map))
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

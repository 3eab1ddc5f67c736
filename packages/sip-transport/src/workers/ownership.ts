/** Whose a message is, as one worker sees it: its own, or that of a colleague it is handed over to. RFC 3261 §8.1.1.4. */
import { shardOf } from '../shard.ts'
import { keptBy, type ShardMap, type WorkerId } from './shard-map.ts'

/** How a message came that another worker has handed over. */
export interface Passed {
  /** Of the map by which the sender decided. */
  readonly version: number
  /** How many workers have passed it on, the sender included. */
  readonly passes: number
}

/** One worker's view. Pure: what is alive is told, the map is told, decisions are asked. */
export class Ownership {
  readonly me: WorkerId
  #map: ShardMap
  /** Shards of which we keep the calls we have, and no more. */
  #kept: ReadonlySet<number>
  /** Call-IDs of those calls. */
  #calls: ReadonlySet<string> = new Set()
  /** Are no more, whatever the map says: the next one may have been made before. */
  readonly #gone = new Set<WorkerId>()

  constructor(me: WorkerId, map: ShardMap) {
    this.me = me
    this.#map = map
    this.#kept = new Set(keptBy(map, me))
  }

  get map(): ShardMap {
    return this.#map
  }

  /** Shards whose older calls we keep. */
  get kept(): ReadonlySet<number> {
    return this.#kept
  }

  /** A newer map; an older one is not looked at. */
  adopt(map: ShardMap): void {
    if (map.version <= this.#map.version) return
    this.#map = this.#without(map)
    this.#kept = new Set(keptBy(this.#map, this.me))
  }

  /** It has died: what was its goes along the chain until a map says who takes it. */
  lose(worker: WorkerId): void {
    this.#gone.add(worker)
    this.#map = this.#without(this.#map)
  }

  /** What is alive here: of it the calls of the shards that are going to others stay with us. Returns how many these are. */
  keep(calls: Iterable<string>): number {
    const mine = new Set<string>()
    if (this.#kept.size > 0) for (const callId of calls) if (this.#kept.has(shardOf(callId, this.#map.key))) mine.add(callId)
    this.#calls = mine
    return mine.size
  }

  /** Whether a call that begins now would be ours. */
  takesNew(callId: string): boolean {
    return this.#chainOf(callId).at(-1) === this.me
  }

  /** Who opens connections to this place, so that there is one for all. */
  ownerOfPlace(place: string): WorkerId {
    return this.#chainOf(place).at(-1) ?? this.me
  }

  /**
   * Who takes a message. `matches`: whether it belongs to a transaction that is alive here; asked only while we keep calls of its shard.
   * Whoever knows a newer map than ours is believed: it says that the message is ours. A message that has gone in circles is taken.
   */
  ownerOf(callId: string, passed: Passed | undefined, matches: () => boolean): WorkerId {
    const { me } = this
    const chain = this.#chainOf(callId)
    const [first = me] = chain
    if (passed === undefined && first !== me) return first
    if (passed !== undefined && (passed.version > this.#map.version || passed.passes >= MOST_PASSES)) return me
    const place = chain.indexOf(me)
    if (place < 0) return first
    if (place === chain.length - 1 || this.#calls.has(callId) || matches()) return me
    return chain[place + 1]!
  }

  #chainOf(callId: string): readonly WorkerId[] {
    return this.#map.chains[shardOf(callId, this.#map.key)]!
  }

  #without(map: ShardMap): ShardMap {
    if (this.#gone.size === 0) return map
    return {
      ...map,
      chains: map.chains.map(chain => (chain.some(id => this.#gone.has(id)) ? chain.filter(id => !this.#gone.has(id)) : chain)),
    }
  }
}

/** Longer than any chain gets: a worker is drained only when all know of the drain before. */
const MOST_PASSES = 8

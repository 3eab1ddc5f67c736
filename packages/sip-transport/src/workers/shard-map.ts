/** Which worker owns which shard of the calls: a versioned value, and the ways in which it changes. RFC 3261 §8.1.1.4. */
import { SHARDS, type ShardKey } from '../shard.ts'

/**
 * Of each of the 256 shards the workers that may hold calls of it, oldest first: the last one takes what is new, those before it keep
 * what they have. Plain data, to be posted to every worker.
 */
export interface ShardMap {
  /** Grows by one with each change. */
  readonly version: number
  /** By shard. Empty where nobody is left. */
  readonly chains: readonly (readonly WorkerId[])[]
  /** Of the hash that makes shards of Call-IDs: nobody outside can choose one. The same for the life of the role. */
  readonly key?: ShardKey | undefined
}

/** Names a worker; never used twice in the life of a role. */
export type WorkerId = number

/** Nobody owns anything yet. */
export const NO_WORKERS: ShardMap = { version: 0, chains: Array.from({ length: SHARDS }, () => []) }

/** A new worker takes what nobody owns, and its share of the rest, evenly from those who own most. */
export function join(map: ShardMap, worker: WorkerId): ShardMap {
  const owned = shardsByOwner(map)
  const share = Math.floor(SHARDS / (owned.size + (owned.has(worker) ? 0 : 1)))
  const taken = new Set(map.chains.flatMap((chain, shard) => (chain.length === 0 ? [shard] : [])))
  while (taken.size < share) {
    const most = largest(owned, worker)
    if (most === undefined) break
    taken.add(most.pop()!)
  }
  return changed(map, (chain, shard) => (taken.has(shard) ? [...chain, worker] : chain))
}

/** What `from` would take from now on, `to` takes; what `from` has it keeps until {@link release}. */
export function replace(map: ShardMap, from: WorkerId, to: WorkerId): ShardMap {
  return changed(map, chain => (chain.at(-1) === from ? [...chain, to] : chain))
}

/** The same without a successor: its shards go to the others, evenly. Nothing changes for the last of all. */
export function leave(map: ShardMap, worker: WorkerId): ShardMap {
  const owned = shardsByOwner(map)
  owned.delete(worker)
  if (owned.size === 0) return map
  return changed(map, (chain, shard) => (chain.at(-1) === worker ? [...chain, smallest(owned, shard)] : chain))
}

/** `worker` has ended the calls it kept of these shards. Where it is the one that takes new calls it stays. */
export function release(map: ShardMap, worker: WorkerId, shards: readonly number[]): ShardMap {
  const ended = new Set(shards)
  return changed(map, (chain, shard) =>
    ended.has(shard) && chain.at(-1) !== worker && chain.includes(worker) ? chain.filter(id => id !== worker) : chain,
  )
}

/** It is gone, and its calls with it: who kept older calls of a shard takes the new ones too, and what nobody has is spread over the others. */
export function drop(map: ShardMap, worker: WorkerId): ShardMap {
  const without = changed(map, chain => (chain.includes(worker) ? chain.filter(id => id !== worker) : chain))
  const owned = shardsByOwner(without)
  if (owned.size === 0 || without === map) return without
  const chains = without.chains.map((chain, shard) => (chain.length === 0 ? [smallest(owned, shard)] : chain))
  return { ...without, chains }
}

/** Shards of which `worker` keeps older calls but takes no new ones. */
export function keptBy(map: ShardMap, worker: WorkerId): number[] {
  return map.chains.flatMap((chain, shard) => (chain.includes(worker) && chain.at(-1) !== worker ? [shard] : []))
}

/** How many shards `worker` takes new calls of. */
export function ownedBy(map: ShardMap, worker: WorkerId): number {
  return map.chains.reduce((count, chain) => count + (chain.at(-1) === worker ? 1 : 0), 0)
}

/** The same map, with the same version, where nothing is different. */
function changed(map: ShardMap, change: (chain: readonly WorkerId[], shard: number) => readonly WorkerId[]): ShardMap {
  const chains = map.chains.map(change)
  return chains.every((chain, shard) => chain === map.chains[shard]) ? map : { ...map, version: map.version + 1, chains }
}

function shardsByOwner({ chains }: ShardMap): Map<WorkerId, number[]> {
  const owned = new Map<WorkerId, number[]>()
  for (const [shard, chain] of chains.entries()) {
    const owner = chain.at(-1)
    if (owner === undefined) continue
    const shards = owned.get(owner)
    if (shards === undefined) owned.set(owner, [shard])
    else shards.push(shard)
  }
  return owned
}

function largest(owned: ReadonlyMap<WorkerId, number[]>, but: WorkerId): number[] | undefined {
  let most: number[] | undefined
  for (const [worker, shards] of owned) if (worker !== but && shards.length > (most?.length ?? 0)) most = shards
  return most
}

/** Who owns least gets the shard, and is noted to have it. */
function smallest(owned: ReadonlyMap<WorkerId, number[]>, shard: number): WorkerId {
  let [found] = [...owned.keys()] as [WorkerId, ...WorkerId[]]
  for (const [worker, shards] of owned) if (shards.length < owned.get(found)!.length) found = worker
  owned.get(found)!.push(shard)
  return found
}

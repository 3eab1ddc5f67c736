/**
 * How many connections the workers of a role have together, in all and from one source, without asking anybody: each counts its own in memory that
 * the others read. A limit is that of the role, not of each worker. RFC 3261 §26.1.5.
 */
import type { ShardKey } from '../shard.ts'
import { hashOf } from '../shard.ts'
import type { WorkerId } from './shard-map.ts'

export class SharedConnections {
  /** Accepted, opened, then two rows of cells: who counts in both cells of a source is at most so many. */
  readonly board: SharedArrayBuffer = new SharedArrayBuffer(4 * (2 + 2 * CELLS))
  readonly #own: Int32Array = new Int32Array(this.board)
  readonly #others = new Map<WorkerId, Int32Array>()
  /** Sources counted before the key was known. */
  readonly #early: (readonly [source: string, by: number])[] = []
  #key: ShardKey | undefined

  /** Of all workers; secret, so that nobody can fill the cells of somebody else. */
  setKey(key: ShardKey): void {
    if (this.#key !== undefined) return
    this.#key = key
    for (const [source, by] of this.#early.splice(0)) this.#count(source, by)
  }

  meet(worker: WorkerId, board: SharedArrayBuffer): void {
    this.#others.set(worker, new Int32Array(board))
  }

  /** Its connections have gone with it. */
  lose(worker: WorkerId): void {
    this.#others.delete(worker)
  }

  accepted(source: string, by: 1 | -1): void {
    Atomics.add(this.#own, ACCEPTED, by)
    if (this.#key === undefined) this.#early.push([source, by])
    else this.#count(source, by)
  }

  opened(by: 1 | -1): void {
    Atomics.add(this.#own, OPENED, by)
  }

  /** Of the other workers. */
  get othersAccepted(): number {
    return this.#sum(cells => Atomics.load(cells, ACCEPTED))
  }

  get othersOpened(): number {
    return this.#sum(cells => Atomics.load(cells, OPENED))
  }

  /** At least the true number; more only where two other sources share the cells of this one. */
  othersFrom(source: string): number {
    if (this.#key === undefined || this.#others.size === 0) return 0
    const [first, second] = cellsOf(source, this.#key)
    return this.#sum(cells => Math.min(Atomics.load(cells, first), Atomics.load(cells, second)))
  }

  #count(source: string, by: number): void {
    for (const cell of cellsOf(source, this.#key!)) Atomics.add(this.#own, cell, by)
  }

  #sum(read: (cells: Int32Array) => number): number {
    let sum = 0
    for (const cells of this.#others.values()) sum += read(cells)
    return sum
  }
}

function cellsOf(source: string, key: ShardKey): readonly [number, number] {
  const hash = hashOf(source, key)
  return [2 + (hash & (CELLS - 1)), 2 + CELLS + ((hash >>> 16) & (CELLS - 1))]
}

const ACCEPTED = 0
const OPENED = 1
/** A power of two, at most 2^16. */
const CELLS = 16_384

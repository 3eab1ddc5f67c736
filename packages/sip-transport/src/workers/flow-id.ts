/** The id of a connection says which worker holds it. RFC 5626 §2. */
import type { WorkerId } from './shard-map.ts'

/** 0 for what all workers have alike: their UDP sockets, in the order in which they listen. */
export function workerOfFlow(flow: number): WorkerId {
  return Math.floor(flow / FLOWS)
}

/** Ids of a worker's connections lie above this. */
export function firstFlowOf(worker: WorkerId): number {
  return worker * FLOWS
}

const FLOWS = 2 ** 32

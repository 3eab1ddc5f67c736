/** What workers of a role say to each other and to their coordinator, over message ports. RFC 3261 §18. */
import type { MessagePort } from 'node:worker_threads'
import type { Address, Hop } from '@strowger/sip-transaction'
import type { ReceivedHop } from '../flow.ts'
import type { ShardMap, WorkerId } from './shard-map.ts'

/** Where a message lies in the bytes that came with it. */
export interface Piece {
  readonly start: number
  readonly end: number
}

/** A message that belongs to the one it is posted to. */
export interface HandedOver extends Piece {
  readonly hop: ReceivedHop
  /** How many have passed it on. */
  readonly passes: number
}

/** A message that leaves by a connection of the one it is posted to. */
export interface Crossing extends Piece {
  readonly hop: Hop
  /** To be named when it cannot be sent. */
  readonly id: number
}

/** Between two workers. */
export type ColleagueMessage =
  /** One after the other, in the bytes. `version`: of the map by which the sender decided. */
  | { readonly kind: 'messages'; readonly version: number; readonly bytes: Uint8Array; readonly items: readonly HandedOver[] }
  | { readonly kind: 'sends'; readonly bytes: Uint8Array; readonly items: readonly Crossing[] }
  | { readonly kind: 'failed'; readonly ids: readonly number[] }
  /** An ICMP error reaches any of the sockets that share a port. */
  | { readonly kind: 'unreachable'; readonly peer: Address }
  | { readonly kind: 'close'; readonly flow: number }
  /** Where the connections of the sender are counted. */
  | { readonly kind: 'board'; readonly board: SharedArrayBuffer }
  /** A connection of the sender is to be used for requests to this place; without `names` no more. RFC 5923 §5. */
  | { readonly kind: 'alias'; readonly place: string; readonly names: readonly string[] | undefined }
  /** Between the cores. */
  | { readonly kind: 'news'; readonly news: unknown }

/** From the coordinator to a worker. */
export type CoordinatorMessage =
  | { readonly kind: 'map'; readonly map: ShardMap }
  /** Comes before the first map that names it. `toThem`, `toUs`: bytes on the way, counted by both ends. */
  | {
      readonly kind: 'colleague'
      readonly worker: WorkerId
      readonly port: MessagePort
      readonly toThem: SharedArrayBuffer
      readonly toUs: SharedArrayBuffer
    }
  | { readonly kind: 'gone'; readonly worker: WorkerId }
  /** All its calls have ended: it stops listening, and leaves when its connections are quiet. */
  | { readonly kind: 'retire' }

/** From a worker to the coordinator. */
export type WorkerMessage =
  | { readonly kind: 'aware'; readonly version: number }
  | { readonly kind: 'released'; readonly shards: readonly number[] }
  /** Nothing is left that anybody could want of it. */
  | { readonly kind: 'left' }

/** What makes an endpoint one of several workers. */
export interface WorkerSeat {
  /** From 1; never used twice in the life of the role, since it is part of the ids of flows. */
  readonly worker: WorkerId
  /** The other end is the coordinator's. */
  readonly port: MessagePort
  /** How long the shards of a drained worker are kept after its last call, ms: 64*T1, for what is sent again. Default 32 000. */
  readonly lingerMs?: number | undefined
  /** How long a connection of a retired worker must be without a message, ms: a call may be ringing on it. Default 180 000, timer C. */
  readonly flowQuietMs?: number | undefined
}

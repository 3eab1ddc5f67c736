/** Everything a proxy remembers between two messages. RFC 3261 §16. */
import type { Uri } from '@strowger/sip-parser'
import type { ServerTransaction, TransactionLayer } from '@strowger/sip-transaction'
import type { DialogQueue } from './dialog-queue.ts'
import type { KnownHosts } from './known-hosts.ts'
import type { LiveCalls } from './live-calls.ts'
import type { MediaSessions } from './media-sessions.ts'
import type { Branch, Proxied, ProxyOutput, Wait } from './proxied.ts'
import type { BranchContext, House, Policy, ResponseStep, Step } from './step.ts'

/** The routing policy of one proxy, top to bottom. */
export interface Lists {
  readonly onRequest: readonly Step[]
  /** Once per target, when it is known: a browser and a desk phone need different offers. */
  readonly onBranch: readonly Step<BranchContext>[]
  /** Failures too; a `reply` there is what the branch ended with instead. */
  readonly onResponse: readonly Step<ResponseStep>[]
  /** Whether a branch that ended with `status` lets the next target be tried (serial order). */
  readonly tryNext: (status: number) => boolean
}

/** A client transaction's place: `recordRoute` is what its request left with, if it makes a dialog. */
export interface Sent {
  readonly proxied: Proxied
  readonly branch: Branch
  readonly recordRoute?: readonly Uri[] | undefined
}

export interface ProxyState {
  readonly layer: TransactionLayer
  readonly policy: Policy
  readonly lists: Lists
  readonly queue: DialogQueue
  readonly sessions: MediaSessions
  readonly calls: LiveCalls
  /** `session`: the media session that the relay is asked about. */
  readonly waits: Map<number, { readonly wait: Wait; readonly session?: string }>
  readonly byServer: Map<ServerTransaction['id'], Proxied>
  readonly byClient: Map<number, Sent>
  readonly outputs: ProxyOutput[]
  /** Places that have no TCP, and until when that is believed. RFC 3261 §18.1.1. */
  readonly tcpRefused: Map<string, number>
  /** Places outside that are avoided for a while. */
  readonly hosts: KnownHosts
  nextWait: number
  /** New requests refused because too many steps wait. */
  refusedForWaits: number
  /** Monotonic milliseconds of the call in progress. */
  now: number
  /** Milliseconds since 1970 of the call in progress. */
  wall: number
}

export function houseOf(state: ProxyState): House {
  return { wall: state.wall, policy: state.policy }
}

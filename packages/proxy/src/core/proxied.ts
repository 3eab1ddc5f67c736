/** A proxied request's response context: its branches and what they answered. RFC 3261 §16.7. */
import type { SipRequest, SipResponse, Uri } from '@strowger/sip-parser'
import type { ClientTransaction, Incoming, Millis, Output, ServerTransaction } from '@strowger/sip-transaction'
import type { HostNews } from './known-hosts.ts'
import type { BranchContext, Context, Order, Reply, ResponseStep, Step, Target } from './step.ts'
import type { Way } from './ways.ts'

export interface Branch {
  readonly leg: string
  readonly target: Target
  state: 'asking' | 'sent' | 'cancelling' | 'ended'
  context: BranchContext
  client?: ClientTransaction
  /** Ways left to try when the one in use fails. */
  ways: readonly Way[]
  /** The one in use. */
  way?: Way
  /** When its request first left. */
  sentAt?: Millis
  final?: SipResponse | Reply
  /** Record-Route of the request that left, if it makes a dialog. */
  recordRoute?: readonly Uri[]
  /** The relay holds a session for this branch. */
  media: boolean
}

export interface Proxied {
  readonly server: ServerTransaction
  readonly context: Context
  readonly order: Order
  readonly waiting: Target[]
  readonly branches: Branch[]
  /** SDP texts already rewritten, so that a retransmitted 200 does not ask the relay again. */
  readonly rewrites: Map<string, Uint8Array>
  /** A final response went upstream. */
  answered: boolean
  cancelled: boolean
  /** Timer C has fired. */
  expired: boolean
  /** Timer C, RFC 3261 §16.6 step 11: the moment it fires. */
  timerC: Millis
  /** When the phones of the next q are tried, whatever those that ring say. */
  nextAt: Millis
}

/** What goes on when an effect is answered. Data, not closures: it can be looked at. */
export type Wait =
  | { readonly at: 'request'; readonly incoming: Incoming; readonly context: Context; readonly steps: readonly Step[] }
  | { readonly at: 'branch'; readonly proxied: Proxied; readonly branch: Branch; readonly steps: readonly Step<BranchContext>[] }
  | {
      readonly at: 'response'
      readonly proxied: Proxied
      readonly branch: Branch
      readonly context: ResponseStep
      readonly steps: readonly Step<ResponseStep>[]
    }
  | { readonly at: 'ack'; readonly context: BranchContext; readonly steps: readonly Step<BranchContext>[] }

/** What the core wants of its daemon. */
export type ProxyOutput =
  | { readonly kind: 'perform'; readonly id: number; readonly effect: import('./step.ts').Effect; readonly context: Context }
  /** Close a media session; its statistics become a fact of the call. Never waited for. */
  | {
      readonly kind: 'release'
      readonly call: string
      readonly leg: string
      readonly fromTag: string
      readonly outsideTag: string | undefined
      readonly count: boolean
    }
  | { readonly kind: 'attempt'; readonly context: Context; readonly dialled: SipRequest }
  | { readonly kind: 'refused'; readonly call: string; readonly status: number; readonly cause: string }
  /** A place outside that is avoided from now on, or no more. */
  | { readonly kind: 'host'; readonly news: HostNews }
  | { readonly kind: 'replied'; readonly method: string; readonly status: number }

export type LayerOutput = Output

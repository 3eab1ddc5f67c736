/** All that a wish to be subscribed remembers, as JSON, and how a NOTIFY finds its place in it. RFC 6665 §4.1.3, §4.4.1. */
import { CallId, From, type SipRequest, To, tagOf } from '@strowger/sip-parser'
import { confirm, type Dialog, dialogAsServer } from '../dialog.ts'
import { type Challenged, UNCHALLENGED } from './credentials.ts'
import type { FollowUp } from './follow-up.ts'
import type { EndReason } from './notifier-usage.ts'
import { type SubscriberUsage, shiftSubscriber } from './subscriber-usage.ts'
import type { SubscriptionState } from './subscription-table.ts'

/** A subscription and the dialog that belongs to it alone. RFC 6665 §4.4.1. */
export interface Fork {
  readonly dialog: Dialog
  readonly usage: SubscriberUsage
}

/** Why there is no subscription. */
export interface Cause {
  /** Of the response that said so. */
  readonly status?: number
  /** Of the NOTIFY that said so. */
  readonly reason?: EndReason
}

/** JSON; times are milliseconds of one monotonic clock. See {@link shiftSubscription}. */
export interface SubscriptionData {
  /** See {@link subscriptionTable}. */
  readonly state: SubscriptionState
  /** Of the SUBSCRIBE that is out, or made what there is; empty when idle. */
  readonly callId: string
  /** Our From tag; NOTIFYs name it in To. */
  readonly localTag: string
  /** CSeq of the first SUBSCRIBE, or of its repetition after a challenge. */
  readonly sequence: number
  /** Raised by 423. RFC 6665 §4.1.2.1. */
  readonly askSeconds: number
  /** By the 2xx; the NOTIFYs know better. */
  readonly grantedSeconds?: number
  /** What the far end challenged us with. */
  readonly challenged: Challenged
  /** Timer N, or the next try; absent when neither runs. */
  readonly wakeAt?: number
  /** Timer N is over: no NOTIFY makes a dialog any more. RFC 6665 §4.1.2.4. */
  readonly closed: boolean
  /** The subscriptions there are. */
  readonly forks: readonly Fork[]
  /** Tries in a row that came to nothing. */
  readonly failures: number
  /** Names the next request. */
  readonly nextId: number
  /** Requests that are out: `tag` is the remote tag of those in a dialog. */
  readonly sent: readonly { readonly id: number; readonly tag?: string }[]
  /** What the last end asks us to do. */
  readonly followUp: FollowUp
  /** What ended it. */
  readonly cause: Cause
}

export function idleSubscription(askSeconds: number): SubscriptionData {
  return {
    state: 'idle',
    callId: '',
    localTag: '',
    sequence: 0,
    askSeconds,
    challenged: UNCHALLENGED,
    closed: false,
    forks: [],
    failures: 0,
    nextId: 1,
    sent: [],
    followUp: { kind: 'never' },
    cause: {},
  }
}

/** The same with all times moved by `ms`. */
export function shiftSubscription(data: SubscriptionData, ms: number): SubscriptionData {
  const forks = data.forks.map(({ dialog, usage }) => ({ dialog, usage: shiftSubscriber(usage, ms) }))
  return { ...data, forks, ...(data.wakeAt !== undefined && { wakeAt: data.wakeAt + ms }) }
}

/** Whether a NOTIFY answers one of our SUBSCRIBEs, whatever it then says. RFC 6665 §4.4.1. */
export function concerns({ callId, localTag }: SubscriptionData, { headers }: SipRequest): boolean {
  const to = headers.get(To)
  return callId !== '' && headers.get(CallId) === callId && to !== undefined && tagOf(to) === localTag
}

export function remoteTagOf({ headers }: SipRequest): string {
  const from = headers.get(From)
  return (from && tagOf(from)) ?? ''
}

/** The dialog a NOTIFY makes; it knows of our SUBSCRIBE. `undefined` without a Contact to answer to: 400. RFC 6665 §4.4.1. */
export function dialogOfNotify({ localTag, sequence }: SubscriptionData, notify: SipRequest, contact: string): Dialog | undefined {
  const dialog = dialogAsServer(notify, localTag, contact)
  return dialog && confirm({ ...dialog, localSequence: sequence })
}

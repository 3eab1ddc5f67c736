/** A call as plain data: everything one side must remember of it, from the INVITE to the last timer. RFC 3261 §12, §13. */
import type { Hop, Millis } from '@strowger/sip-transaction'
import type { Dialog, DialogSeed } from '../dialog.ts'
import type { KnownChallenge } from '../digest/answering.ts'
import type { Reliable1xx } from '../reliable-1xx.ts'
import type { Reliable2xx } from '../reliable-2xx.ts'
import type { SessionExchange } from '../session-exchange.ts'
import type { SessionTimer, TimerPolicy } from '../session-timer.ts'
import type { CallState } from './call-table.ts'

/** A header field to add, name and value: plain, so that a call stays data. */
export type HeaderLine = readonly [name: string, value: string]

/**
 * JSON in, JSON out. Bodies and messages are text of one character per byte; times are milliseconds of the agent's clock. Read it;
 * only the agent changes it.
 */
export interface Call {
  /** The agent's name for it, not the Call-ID: both legs of a hairpinned call share that. */
  readonly id: string
  /** Who sent the INVITE. */
  readonly role: 'caller' | 'callee'
  /** The Call-ID header of all its dialogs. */
  readonly callId: string
  /** Our tag in all its dialogs. RFC 3261 §19.3. */
  readonly localTag: string
  /** Our Contact. */
  readonly contact: string
  /** Where in {@link callTable} it is. */
  state: CallState
  /** Caller: what dialogs are made from. */
  seed?: DialogSeed
  /** One per phone that rang or answered; the called side has exactly one. */
  dialogs: CallDialog[]
  /** Remote tag of the dialog that is the call. */
  chosen?: string
  /** Requests of ours, until their transaction has ended. */
  asks: Ask[]
  /** Requests of the far end, until their transaction has ended. */
  servings: Serving[]
  /** Offers that met a 491 and are tried again (RFC 3261 §14.1). */
  retries: Retry[]
  /** What proxies and the far end want to see a digest for. */
  challenges: readonly KnownChallenge[]
  /** For {@link Ask.id} and {@link Serving.id}. */
  nextId: number
  /** Way by which the far end's last request came. */
  from?: Hop
  /** What we want of session timers: a 422 raises it for this call. Absent: we do none. RFC 4028 §7.3. */
  policy?: TimerPolicy
  /** The session timer, where one runs. RFC 4028 §10. */
  timer?: SessionTimer
  /** The last 1xx is said again then, so that no proxy gives up. RFC 3261 §13.3.1.1. */
  remindAt?: Millis
  /** When the invitation has lost its worth, and the status to refuse with then: 487, or 480 by our own limit. RFC 3261 §13.2.1, §13.3.1. */
  expires?: { readonly at: Millis; readonly status: number }
  /** Caller: what is left of the answered INVITE when its transaction has ended: a phone may answer later still. RFC 3261 §13.2.2.4. */
  late?: Pick<Ask, 'cseq' | 'auth' | 'acks'>
  /** Caller: an INVITE was given up for another way: a phone that it has reached may answer still. RFC 3263 §4.3. */
  abandoned?: true
  /** Status to refuse with or the reason to give, while `hang up` is under way. */
  leave?: Leave
  /** This call is to be ended when the new one is answered. RFC 3891 §3. */
  replaces?: string
}

/** One dialog of a call: a phone that rings or has answered, its session, and what is owed in it. RFC 3261 §12, RFC 6337 §2.2. */
export interface CallDialog {
  /** Tags, targets, route set and sequence numbers. RFC 3261 §12. */
  dialog: Dialog
  /** Who owes an answer, and in which message. RFC 6337 §2.2. */
  session: SessionExchange
  /** Agreed descriptions: what a refused offer falls back to. RFC 6141 §3. */
  local?: string
  /** Theirs. */
  remote?: string
  /** The offer on the table, ours or theirs; `session.by` says what carried it. */
  offer?: string
  /** Callee: our description in an unreliable 1xx. Caller: theirs. Said again, or relied on, in the 2xx. RFC 3261 §13.2.1. */
  early?: string
  /** Where our description has to go. */
  owed?: Owed
  /** Caller: a reliable 1xx whose PRACK the user sends. RFC 3262 §5. */
  held?: { readonly rseq: number; readonly cseq: number }
  /** Their Allow header names UPDATE. RFC 3311 §4. */
  update: boolean
  /** Caller: highest RSeq taken. RFC 3262 §4. */
  rseq?: number
}

/** Where our description goes: into the ACK of a 2xx, into a PRACK, or into the 2xx of a request. RFC 6337 §2.2. */
export type Owed =
  | { readonly in: 'ACK'; readonly cseq: number }
  | { readonly in: 'PRACK'; readonly rseq: number; readonly cseq: number }
  | { readonly in: '2xx'; readonly serving: number }

/** A request of ours. */
export interface Ask {
  /** Of the layer; a restored call has new ones. */
  readonly transaction: number
  /** What its response means to the call. */
  readonly is: 'invite' | 'reinvite' | 'update' | 'prack' | 'bye' | 'request'
  /** Of the request. */
  readonly method: string
  /** Remote tag of its dialog; none for the first INVITE. */
  readonly dialog?: string
  /** Number in its CSeq. */
  readonly cseq: number
  /** What the user of the agent calls it. */
  readonly id?: number
  /** Our offer in it. */
  readonly offer?: string
  /** What the user had added, for when it is sent again. */
  readonly headers: readonly HeaderLine[]
  /** Header and realm of the challenges answered in this exchange: the same password is not tried twice (RFC 3261 §22.1). */
  readonly answered: readonly string[]
  /** Session-Expires was raised after a 422 (RFC 4028 §7.1), or it was tried again after a 491. */
  readonly rounds: number
  /** A session refresh of our own: its user hears nothing of it. RFC 4028 §10. */
  readonly refresh?: true
  /** Credentials of an INVITE, for its ACKs (RFC 3261 §22.1). */
  auth?: readonly HeaderLine[]
  /** ACKs sent, by remote tag, with their body. */
  acks: Record<string, string>
  /** A final response came. */
  done: boolean
}

/** A request of the far end. */
export interface Serving {
  /** Of the layer; a restored call has new ones. */
  readonly transaction: number
  /** What it means to the call. */
  readonly is: 'invite' | 'reinvite' | 'update' | 'prack' | 'request'
  /** Of the request. */
  readonly method: string
  /** Remote tag of its dialog. */
  readonly dialog: string
  /** Number in its CSeq: what the ACK repeats. */
  readonly cseq: number
  /** What the user of the agent calls it. */
  readonly id: number
  /** It is a step of the session, and its responses are. A request that was refused at sight is none. */
  inExchange?: true
  /** Our 2xx to an INVITE, repeated until its ACK comes. */
  final?: { readonly wire: string; readonly repeat: Reliable2xx }
  /** Called side of the first INVITE: whether 1xx go out reliably, and those without PRACK, by RSeq. RFC 3262 §3. */
  reliable?: Reliable1xx
  /** Reliable 1xx without PRACK, by RSeq, as they went out. */
  unacknowledged?: Record<number, string>
  /** What `ring` and `answer` asked for and a missing PRACK holds back. */
  waiting?: readonly Said[]
  /** The last status said, to remind with. */
  last1xx?: number
  /** It has had its final response. */
  done: boolean
}

/** A response as asked for by the user. */
export interface Said {
  /** Of the response. */
  readonly status: number
  /** A session description. */
  readonly description?: string
  /** Further header fields. */
  readonly headers?: readonly HeaderLine[]
}

/** An offer that is made again later. RFC 3261 §14.1, RFC 3311 §5.3. */
export interface Retry {
  /** When. */
  readonly at: Millis
  /** Remote tag of its dialog. */
  readonly dialog: string
  /** How the offer is made. */
  readonly method: 'INVITE' | 'UPDATE'
  /** The session description; none asks for theirs. */
  readonly offer?: string
  /** Further header fields. */
  readonly headers: readonly HeaderLine[]
  /** How often it has been tried. */
  readonly rounds: number
}

/** Why and how a call ends. RFC 3261 §15, RFC 3326 §2. */
export interface Leave {
  /** Whose doing it is. */
  readonly by: 'us' | 'them' | 'network'
  /** To refuse with; why it ended. */
  readonly status?: number
  /** In a word or two, for logs. */
  readonly cause?: string
  /** Header fields of the refusal, CANCEL (Reason alone) or BYE. */
  readonly headers?: readonly HeaderLine[]
}

/** The dialog that is the call, else the one that rings. */
export function mainDialog(call: Call): CallDialog | undefined {
  return call.chosen === undefined ? call.dialogs[call.dialogs.length - 1] : dialogTagged(call, call.chosen)
}

export function dialogTagged(call: Call, tag: string | undefined): CallDialog | undefined {
  return call.dialogs.find(({ dialog }) => dialog.remoteTag === tag)
}

/** The INVITE that made the call, while it is unanswered or its transaction lives. */
export function firstServing(call: Call): Serving | undefined {
  return call.servings.find(({ is }) => is === 'invite')
}

export function firstAsk(call: Call): Ask | undefined {
  return call.asks.findLast(({ is }) => is === 'invite')
}

/** One call of a phone: its verbs, and what it tells as promises. RFC 3261 §13, RFC 3725 §4. */
import type { SipRequest, SipResponse } from '@strowger/sip-parser'
import type { CallState, InDialog, UserAgentOutput } from '@strowger/sip-ua/call'
import type { HeaderTexts } from '../parts.ts'

/** What a call tells, by kind; see `UserAgentOutput`. */
export type CallOutput<Kind extends UserAgentOutput['kind'] = UserAgentOutput['kind']> = Extract<UserAgentOutput, { readonly kind: Kind }>

/** Further header fields of what a verb sends. RFC 3261 §7.3. */
export interface WithHeaders {
  /** Text, or `header(def, value)`. */
  readonly headers?: HeaderTexts | undefined
}

/** A body, and which dialog of the call is meant. RFC 3261 §12.2. */
export interface SendOptions extends WithHeaders {
  /** Given together with `body`. */
  readonly contentType?: string | undefined
  /** The bytes as they are; Content-Length follows by itself. */
  readonly body?: Uint8Array | undefined
  /** Remote tag of the dialog. Default: the one that was answered, else the last to ring. */
  readonly dialog?: string | undefined
}

/** How a call came to be. RFC 3261 §13.2.2.4. */
export interface AnsweredCall {
  /** Their session description, whether it came in the 2xx or in a 1xx before. Empty when they offer instead: see {@link PhoneCall.nextOffer}. */
  readonly answer: Uint8Array
  /** Remote tag of the phone that answered. */
  readonly dialog: string
  /** Their 2xx; `undefined` where we answered. */
  readonly response: SipResponse | undefined
}

/** What was agreed last. RFC 3264 §4. */
export interface CallSession {
  /** Our session description. */
  readonly local?: Uint8Array
  /** Theirs. */
  readonly remote?: Uint8Array
}

/**
 * The verbs answer false when the call has no use for them any more. What the call tells waits until it is asked for, at most 1000 things;
 * the oldest go first. Session descriptions are bytes, which this package does not read.
 */
export interface PhoneCall {
  /** The agent's name for it, not the Call-ID. */
  readonly id: string
  /** Who is at the other end: the URI called, or that of their From. */
  readonly peer: string
  /** Of a call from somebody else: their INVITE. */
  readonly request: SipRequest | undefined
  /** Their session description, when the INVITE brought one. */
  readonly offered: Uint8Array | undefined
  /** Where the call is in `callTable` of `@strowger/sip-ua/call`: `confirmed` is up, `ended` is over. */
  readonly state: CallState
  /** The agreed descriptions, while the call lasts. */
  readonly session: CallSession
  /**
   * Of a call of ours: their 2xx. Of a call from somebody else: both sides know that we have answered. Rejects with a {@link CallEndedError}
   * when it does not come to that.
   */
  readonly answered: Promise<AnsweredCall>
  /** How it ended. Never rejects. */
  readonly ended: Promise<CallOutput<'ended'>>

  /**
   * Waits for what comes next of these kinds. An `answer` that is `early` may be that of a phone that somebody else's answer silences:
   * {@link answered} has the one that counts.
   * @throws {CallEndedError} when the call ends first.
   */
  next<Kind extends UserAgentOutput['kind']>(...kinds: readonly Kind[]): Promise<CallOutput<Kind>>

  /**
   * Waits for their next offer, as a call without an offer of ours brings one; where they ask for ours, an `offer` of `next` has none.
   * @throws {CallEndedError} when the call ends first.
   */
  nextOffer(): Promise<CallOutput<'offer'> & { readonly offer: Uint8Array }>

  /** 180 or another provisional response; a description in it is early media. */
  ring(status?: number, description?: Uint8Array, options?: WithHeaders): boolean
  /** 200, with our session description: the answer to `offered`, or an offer where there is none. */
  answer(description?: Uint8Array, options?: WithHeaders): boolean
  /** Says no to a call that has not been answered: 300 to 699, default 486. */
  refuse(status?: number, options?: WithHeaders): boolean
  /** BYE, CANCEL or a refusal, whichever the call needs. */
  hangUp(options?: WithHeaders): boolean
  /** Offers a new session, as hold does; without a description they are asked for theirs. `answer`, `offer` or `offer refused` follows. */
  offer(description?: Uint8Array, options?: WithHeaders & { readonly by?: 'INVITE' | 'UPDATE' | undefined }): boolean
  /** Our answer to an `offer` of theirs, or our offer where they asked for one. */
  answerOffer(description: Uint8Array, options?: InDialog): boolean
  /** Everything stays as it was. Default 488. */
  refuseOffer(status?: number, options?: InDialog & WithHeaders): boolean
  /** The PRACK that a `progress` said to be waiting, where the phone has `pracks: 'by verb'`; a description in it is a new offer. RFC 3262 §5. */
  prack(description?: Uint8Array, options?: InDialog & WithHeaders): boolean
  /** INFO, REFER and the like; its `response` comes under the id returned. */
  send(method: string, options?: SendOptions): number | undefined
  /** To a `request` of theirs. */
  respond(id: number, status: number, options?: Omit<SendOptions, 'dialog'>): boolean
}

/** A call as plain data: two legs, their dialogs, and the times at which something is due. JSON in, JSON out (design §8.10). */
import type { Tenant } from '@strowger/runtime'
import type { Dialog, DialogForks, Reliable2xx } from '@strowger/sip-ua'
import { nextTimerWake, nextWake1xx, type SessionTimer } from '@strowger/sip-ua/rules'
import type { CalleeState } from './callee-leg.ts'
import type { CallerState } from './caller-leg.ts'
import type { Reliably } from './say-reliably.ts'

/** `a` called, `b` is called. */
export type LegName = 'a' | 'b'

/** Which proxy a leg goes through; it is the only neighbour the leg ever has, whatever a Route says. */
export type Side = 'users' | 'trunks'

/** An INVITE of the far end, which we answer. */
export interface Serving {
  /** Id of its server transaction. */
  readonly server: number
  readonly cseq: number
  /** It carried SDP, so its ACK carries none (RFC 3264 §4). */
  readonly offered: boolean
  /** Our 2xx as sent, one character per byte, until its ACK comes. */
  answer?: { readonly wire: string; repeat: Reliable2xx }
}

/** An INVITE of ours. */
export interface Asking {
  /** Id of its client transaction. */
  readonly client: number
  readonly cseq: number
  /** What the ACK of its 2xx carried, once it was sent: to be sent again with each 2xx that comes again. */
  ack?: { readonly sdp: string }
}

interface Leg {
  readonly side: Side
  dialog?: Dialog
  serving?: Serving
  asking?: Asking
  /** RFC 4028 §9. */
  timer?: SessionTimer
  /** The shortest session its far end stands, seconds, as a 422 said. */
  minSe?: number
  /** Its far end's Allow has UPDATE. */
  takesUpdate?: boolean
}

export interface CallerLeg extends Leg {
  readonly name: 'a'
  state: CallerState
  /** Our tag in its dialog. */
  readonly tag: string
  /** Present when its INVITE requires 100rel. RFC 3262 §3. */
  reliable?: Reliably
}

export interface CalleeLeg extends Leg {
  readonly name: 'b'
  state: CalleeState
  /** The dialogs that its INVITE has made. */
  forks: DialogForks
  /** SDP of a provisional response and the To tag it came with: the 200 may leave it out. */
  early?: { readonly tag: string; readonly sdp: string }
  /** The last RSeq of each of its early dialogs, by remote tag. RFC 3262 §4. */
  rseqs?: Readonly<Record<string, number>>
}

export type AnyLeg = CallerLeg | CalleeLeg

/** A re-INVITE or UPDATE with an offer on its way through: there is one at a time (RFC 3261 §14, RFC 3311 §5). */
export interface Exchange {
  readonly by: LegName
  readonly method: 'INVITE' | 'UPDATE'
  readonly server: number
  /** Absent where we answer ourselves (echo). */
  readonly client?: number
  /** A 2xx went back; its ACK is awaited. */
  answered?: boolean
}

/** Both sides are asked for their descriptions anew, because the relay between them is gone. */
export interface Reoffer {
  /** Who gets an INVITE without an offer, and makes one. */
  readonly by: LegName
  /** Its client transaction. */
  readonly client: number
  /** What it offers, once that came. */
  offer?: string
  /** Client transaction of the INVITE that takes the offer to the other leg; absent in a service. */
  other?: number
}

/** A session of our own on the relay that gives a caller back what it says. */
export interface Echo {
  readonly session: string
  readonly fromTag: string
  /** Questions to the relay without an answer yet. */
  asks: number
}

export interface End {
  readonly by: 'caller' | 'callee' | 'platform'
  /** What the caller got; 200 after an answer. */
  readonly status: number
  readonly cause?: string
}

export interface Call {
  /** The call's one id, from the edge onwards. */
  readonly id: string
  readonly tenant: Tenant
  readonly a: CallerLeg
  /** Absent in a service. */
  b?: CalleeLeg
  echo?: Echo
  exchange?: Exchange
  reoffer?: Reoffer
  /** How many failed, one after the other. */
  reoffersFailed?: number
  rang: boolean
  /** Monotonic ms. */
  answeredAt?: number
  noAnswerAt?: number
  limitAt?: number
  /** When the last 1xx is told again, so that no proxy gives up on a long ringing (RFC 3261 §13.3.1.1). */
  progressAt?: number
  lastProgress?: number
  /** Why it is over. The legs may still be saying good-bye. */
  end?: End
}

export function legOf(call: Call, name: LegName): AnyLeg | undefined {
  return name === 'a' ? call.a : call.b
}

export function otherLeg(call: Call, name: LegName): AnyLeg | undefined {
  return name === 'a' ? call.b : call.a
}

/** When time does something to the call next; `Infinity` when never. */
export function nextWakeOf(call: Call): number {
  let next = Number.POSITIVE_INFINITY
  for (const at of [
    call.noAnswerAt,
    call.limitAt,
    call.progressAt,
    call.a.serving?.answer?.repeat.nextWake,
    call.b?.serving?.answer?.repeat.nextWake,
    call.a.reliable && nextWake1xx(call.a.reliable.machine),
    call.a.timer && nextTimerWake(call.a.timer),
    call.b?.timer && nextTimerWake(call.b.timer),
  ]) {
    if (at !== undefined && at < next) next = at
  }
  return next
}

export function isOver(call: Call): boolean {
  return call.a.state === 'ended' && (call.b === undefined || call.b.state === 'ended')
}

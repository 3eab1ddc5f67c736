/** The called side's reliable provisional responses, as plain data: RSeq, retransmission, PRACK, and what must wait for it. RFC 3262 §3, §5. */

/** One response without PRACK yet. Times are of the caller's clock, milliseconds. */
export interface Unacknowledged {
  /** Its number. RFC 3262 §7.1. */
  readonly rseq: number
  /** It carried a session description: no 2xx goes out before its PRACK. RFC 3262 §3. */
  readonly description: boolean
  /** When it goes out again. */
  readonly resendAt: number
  /** Between the last time it was sent and the next, milliseconds; it doubles. */
  readonly intervalMs: number
  /** When to refuse the INVITE: 64*T1 after it was first sent. */
  readonly endsAt: number
}

/** Of one INVITE; JSON. Never changed in place. The responses' bytes are the caller's to keep, by RSeq. */
export interface Reliable1xx {
  /** Of the INVITE: what RAck names beside the RSeq. RFC 3262 §7.2. */
  readonly sequence: number
  /** The next response's RSeq. */
  readonly next: number
  /** In the order sent. */
  readonly unacknowledged: readonly Unacknowledged[]
  /** The first has its PRACK: from now on more than one may be under way. RFC 3262 §3. */
  readonly confirmed: boolean
  /** A final response went out: nothing new, nothing again, but PRACKs are still answered. RFC 3262 §3. */
  readonly final: boolean
  /** Milliseconds before the first repetition, 500 by default. RFC 3261 §17.1.1.1. */
  readonly t1: number
}

/** What a PRACK names: RSeq, then number and method of the CSeq. RFC 3262 §7.2. */
export interface Acknowledged {
  /** Of the response that arrived. */
  readonly rseq: number
  /** CSeq number of the response, that is of its INVITE. */
  readonly sequence: number
  /** INVITE: no other has reliable responses. */
  readonly method: string
}

/** `random` is in [0, 1) and picks the first RSeq, uniformly from 1 to 2^31 - 1 (RFC 3262 §3). `sequence` is the INVITE's CSeq number. */
export function startReliable1xx(sequence: number, random: number, { t1 = 500 }: { readonly t1?: number } = {}): Reliable1xx {
  return { sequence, next: 1 + Math.floor(random * (2 ** 31 - 1)), unacknowledged: [], confirmed: false, final: false, t1 }
}

/** Whether a provisional response may go out reliably now. RFC 3262 §3. */
export type SentReliable =
  /** Put `Require: 100rel` and `RSeq: rseq` into the response. */
  | { readonly kind: 'send'; readonly rseq: number; readonly machine: Reliable1xx }
  /** The first of this INVITE has no PRACK yet, or its description has none: try again when it has. RFC 3262 §3, §5. */
  | { readonly kind: 'wait' }
  /** After a final response there is none. RFC 3262 §3. */
  | { readonly kind: 'not allowed' }

/**
 * Takes a provisional response from 101 to 199 to be sent reliably at `now`; `description` when it carries one.
 * A 100 is hop by hop and never reliable (RFC 3262 §3): a `TypeError`.
 */
export function sendReliable(
  machine: Reliable1xx,
  now: number,
  response: { readonly status: number; readonly description: boolean },
): SentReliable {
  const { status, description } = response
  if (status <= 100 || status >= 200) throw new TypeError(`A ${status} is never sent reliably, only 101 to 199`)
  const { unacknowledged, next, t1 } = machine
  if (machine.final) return { kind: 'not allowed' }
  const early = unacknowledged.length > 0 && !machine.confirmed
  if (early || (description && holdsDescription(machine))) return { kind: 'wait' }
  const sent: Unacknowledged = { rseq: next, description, resendAt: now + t1, intervalMs: t1, endsAt: now + 64 * t1 }
  return { kind: 'send', rseq: next, machine: { ...machine, next: next + 1, unacknowledged: [...unacknowledged, sent] } }
}

/**
 * - `ok`: answer 200; `resume` says that what waited may go now.
 * - `refuse 481`: names no response that waits for one. RFC 3262 §3.
 */
export type PrackVerdict =
  | { readonly kind: 'ok'; readonly rseq: number; readonly description: boolean; readonly machine: Reliable1xx }
  | { readonly kind: 'refuse 481' }

/** Takes a new PRACK; its retransmissions are the transaction's. RFC 3262 §3. */
export function takePrack(machine: Reliable1xx, { rseq, sequence, method }: Acknowledged): PrackVerdict {
  const found = machine.unacknowledged.find(each => each.rseq === rseq)
  if (!found || sequence !== machine.sequence || method !== 'INVITE') return { kind: 'refuse 481' }
  const unacknowledged = machine.unacknowledged.filter(each => each !== found)
  return { kind: 'ok', rseq, description: found.description, machine: { ...machine, unacknowledged, confirmed: true } }
}

/**
 * Whether a final response may go out now: a 2xx not while a description waits for its PRACK, anything else at any time. RFC 3262 §3.
 */
export function mayAnswer(machine: Reliable1xx, status: number): boolean {
  return status < 200 || status >= 300 || !holdsDescription(machine)
}

/** The final response goes out: retransmission ends, PRACKs are still taken. RFC 3262 §3. */
export function answered(machine: Reliable1xx): Reliable1xx {
  return { ...machine, final: true }
}

/** What is due, and the machine after it. RFC 3262 §3. */
export interface Woken1xx {
  /** After what is due has been done. */
  readonly machine: Reliable1xx
  /** RSeq of what to send again, in order. */
  readonly resend: readonly number[]
  /** No PRACK for 64*T1: refuse the INVITE with 5xx. RFC 3262 §3. */
  readonly giveUp: boolean
}

/** What is due at `now`. However late the call, each goes out once. The interval doubles without a limit (RFC 3262 §3). */
export function wakeReliable1xx(machine: Reliable1xx, now: number): Woken1xx {
  const { unacknowledged } = machine
  if (machine.final) return { machine, resend: [], giveUp: false }
  if (unacknowledged.some(each => now >= each.endsAt)) return { machine: answered(machine), resend: [], giveUp: true }
  const due = unacknowledged.filter(each => now >= each.resendAt)
  if (due.length === 0) return { machine, resend: [], giveUp: false }
  return {
    machine: { ...machine, unacknowledged: unacknowledged.map(each => later(each, now)) },
    resend: due.map(each => each.rseq),
    giveUp: false,
  }
}

/** When to call {@link wakeReliable1xx}; `Infinity` when nothing is due. */
export function nextWake1xx({ unacknowledged, final }: Reliable1xx): number {
  if (final) return Number.POSITIVE_INFINITY
  return unacknowledged.reduce((least, { resendAt, endsAt }) => Math.min(least, resendAt, endsAt), Number.POSITIVE_INFINITY)
}

/** The same machine on a clock that is `ms` ahead: subtract `now` to save, add it to restore. */
export function shiftReliable1xx(machine: Reliable1xx, ms: number): Reliable1xx {
  const unacknowledged = machine.unacknowledged.map(each => ({ ...each, resendAt: each.resendAt + ms, endsAt: each.endsAt + ms }))
  return { ...machine, unacknowledged }
}

function later(each: Unacknowledged, now: number): Unacknowledged {
  if (now < each.resendAt) return each
  const intervalMs = each.intervalMs * 2
  return { ...each, intervalMs, resendAt: now + intervalMs }
}

function holdsDescription({ unacknowledged }: Reliable1xx): boolean {
  return unacknowledged.some(each => each.description)
}

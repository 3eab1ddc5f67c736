/** Connects two calls: what one side offers, answers or refuses goes to the other, and so does its end. RFC 3725 §4, §7. */
import { CallEndedError } from './call-ended.ts'
import type { CallOutput, PhoneCall } from './phone-call.ts'

/**
 * Takes what both calls tell from now on, but for requests inside of them. Each may be up or on its way, called or calling: descriptions are
 * passed as they are, a re-INVITE too (RFC 3725 §7), and while one waits for its answer another is refused with 491, which its sender tries again.
 * Early media is not passed. When one call ends, the other is hung up, or refused with the same status. Resolves when both are over.
 */
export async function bridge(a: PhoneCall, b: PhoneCall): Promise<void> {
  const asked = new Set<PhoneCall>()
  await Promise.all([pass(a, b, asked), pass(b, a, asked)])
}

/** `asked`: who was asked for an offer because the other side wants one. */
async function pass(from: PhoneCall, to: PhoneCall, asked: Set<PhoneCall>): Promise<void> {
  for (;;) {
    const told = await from.next(...PASSED).catch(endOf)
    if (told.kind === 'ended') return leave(to, told.status)
    if (told.kind === 'progress') to.ring(told.status)
    else if (told.kind === 'offer') passOffer(from, to, told.offer, asked)
    else if (told.kind === 'offer refused') {
      asked.delete(from)
      to.refuseOffer(passable(told.status))
    } else passAnswer(from, to, told)
  }
}

function passOffer(from: PhoneCall, to: PhoneCall, offer: Uint8Array | undefined, asked: Set<PhoneCall>): void {
  if (offer !== undefined && (asked.delete(from) || UNANSWERED.has(to.state))) return give(to, offer)
  if (!to.offer(offer)) from.refuseOffer(REQUEST_PENDING)
  else if (offer === undefined) asked.add(to)
}

/** Several phones may ring: what one of them shows before it has answered is not passed on. */
function passAnswer(from: PhoneCall, to: PhoneCall, told: CallOutput<'answer' | 'answered'>): void {
  if (from.state === 'early' || (told.kind === 'answer' && told.early)) return
  const answer = told.kind === 'answer' ? told.answer : from.session.remote
  if (answer !== undefined) give(to, answer)
}

/** Into the 2xx of the call itself, or wherever it is owed. */
function give(to: PhoneCall, description: Uint8Array): void {
  if (UNANSWERED.has(to.state)) to.answer(description)
  else to.answerOffer(description)
}

function leave(to: PhoneCall, status: number): void {
  if (!to.refuse(passable(status))) to.hangUp()
}

/** A status that says something of the other call alone is not ours to pass: it would send elsewhere, ask for a password, or end this call. */
function passable(status: number): number {
  return status < 400 || OF_ITS_OWN.has(status) ? UNAVAILABLE : status
}

function endOf(error: unknown): CallOutput<'ended'> {
  if (error instanceof CallEndedError) return error.ended
  throw error
}

const PASSED = ['progress', 'answered', 'answer', 'offer', 'offer refused', 'ended'] as const
const UNANSWERED: ReadonlySet<PhoneCall['state']> = new Set(['incoming', 'ringing'])
const OF_ITS_OWN: ReadonlySet<number> = new Set([401, 407, 408, 481])
const UNAVAILABLE = 480
const REQUEST_PENDING = 491

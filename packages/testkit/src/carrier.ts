/** A carrier, or any other party that many call at once: plays the same script in each call. RFC 3261 §8.2. */
import { CallId, parse } from '@strowger/sip-parser'
import type { Address, Millis } from '@strowger/sip-transaction'
import type { Datagram, Outcome, Party, Place } from './party.ts'
import { Phone } from './phone.ts'
import type { PhoneOptions } from './phone-options.ts'
import { seededRandom, seededToken } from './random.ts'

/** The script is that of one call, and begins with an `expect`. */
export type CarrierOptions = PhoneOptions

/** Each Call-ID is a call of its own. A performance waits until every call that began is at its end; what has no Call-ID is not heard. */
export class Carrier implements Party {
  /** That of its options; heads its column in the ladder. */
  readonly name: string
  readonly #options: CarrierOptions
  readonly #calls = new Map<string, Phone>()
  readonly #token: () => string
  #place: Place | undefined

  constructor(options: CarrierOptions) {
    this.name = options.name
    this.#token = options.token ?? seededToken(seededRandom(options.name.length))
    this.#options = options
  }

  /** The calls in the order they came. */
  get calls(): readonly Phone[] {
    return [...this.#calls.values()]
  }

  /** The first of its calls that failed, else one that still runs, else `serving`. */
  get outcome(): Outcome {
    const outcomes = this.calls.map(({ outcome }) => outcome)
    return outcomes.find(({ kind }) => kind === 'failed') ?? outcomes.find(({ kind }) => kind === 'running') ?? { kind: 'serving' }
  }

  /** The earliest of its calls'; `Infinity` without calls. */
  get nextWake(): Millis {
    let next = Number.POSITIVE_INFINITY
    for (const call of this.#calls.values()) next = Math.min(next, call.nextWake)
    return next
  }

  /** Only keeps the place: a call begins with its first datagram. */
  start(_: Millis, place: Place): void {
    this.#place = place
  }

  /** Goes to the call of its Call-ID, begun where it is new; what is malformed or has no Call-ID is dropped. */
  receive(now: Millis, bytes: Uint8Array, from: Address): void {
    const message = parse(bytes)
    const callId = message.kind === 'malformed' ? undefined : message.headers.get(CallId)
    if (callId !== undefined) this.#callOf(now, callId).receive(now, bytes, from)
  }

  /** Wakes the calls that are due. */
  wake(now: Millis): void {
    for (const call of this.#calls.values()) if (call.nextWake <= now) call.wake(now)
  }

  /** The next datagram of any of its calls. */
  poll(): Datagram | undefined {
    for (const call of this.#calls.values()) {
      const datagram = call.poll()
      if (datagram) return datagram
    }
    return undefined
  }

  #callOf(now: Millis, callId: string): Phone {
    const known = this.#calls.get(callId)
    if (known) return known
    const call = new Phone({ ...this.#options, token: this.#token })
    this.#calls.set(callId, call)
    call.start(now, this.#place!)
    return call
  }
}

/** Keeps one phone registered: REGISTER, credentials, refresh, back-off. RFC 3261 §10.2, §22.2, RFC 5626 §4.5. */
import { CSeq, MinExpires, RetryAfter, type SipResponse } from '@strowger/sip-parser'
import { backOffMs, SOME_FLOWS_MS } from './back-off.ts'
import { type AnsweringOptions, answerChallenges, NO_CHALLENGES, nextExchange, takeChallenges, takeNextNonce } from './digest/answering.ts'
import { longerThan } from './min-expires.ts'
import { grantOf, type RegistrationGrant } from './registration-grant.ts'
import type { RegistrationOptions, RegistrationOutput } from './registration-options.ts'
import { registerRequest, registrationHop } from './registration-request.ts'
import { type RegistrationMemory, type SavedRegistration, saveRegistration } from './registration-saved.ts'
import { type RegistrationEffect, type RegistrationEvent, type RegistrationState, registrationTable } from './registration-table.ts'

/**
 * After any call that takes `now` (milliseconds of one monotonic clock), call `poll` until it returns `undefined`, then sleep until
 * `nextWake`.
 */
export class Registration {
  readonly #options: RegistrationOptions
  readonly #answering: AnsweringOptions
  readonly #memory: RegistrationMemory
  readonly #outputs: RegistrationOutput[] = []
  #wakeAt = Number.POSITIVE_INFINITY
  #validUntil = Number.NEGATIVE_INFINITY
  #othersStand = false
  /** Of the response at hand. */
  #status: number | undefined
  #retryAfterMs = 0
  #retryInMs = 0
  #granted: RegistrationGrant = NOTHING

  constructor(options: RegistrationOptions, memory?: RegistrationMemory) {
    const { username, password, realm, algorithms, hash, token, expiresSeconds = 3600 } = options
    const user = password === undefined ? undefined : { username, password, ...(algorithms && { algorithms }) }
    this.#options = options
    this.#answering = { userOf: asking => (realm === undefined || asking === realm ? user : undefined), hash, token }
    const fresh = { state: 'idle', sequence: 0, expiresSeconds, grantedSeconds: 0, failures: 0, answering: NO_CHALLENGES } as const
    this.#memory = memory ?? { callId: token(), tag: token(), ...fresh }
  }

  /**
   * Goes on where `saved` stopped, on this process's clock. When a REGISTER was out and its transaction does not go on as well, call `failed`.
   */
  static restore(options: RegistrationOptions, now: number, saved: SavedRegistration): Registration {
    const { wakeInMs, validForMs, ...memory } = saved
    const registration = new Registration(options, { ...memory })
    if (wakeInMs !== undefined) registration.#wakeAt = now + wakeInMs
    if (validForMs !== undefined) registration.#validUntil = now + validForMs
    return registration
  }

  /** JSON; outputs not polled yet are lost. */
  save(now: number): SavedRegistration {
    return saveRegistration(this.#memory, now, this.#wakeAt, this.#validUntil)
  }

  /** Register now. Also for a phone that has just found the network again. */
  start(now: number): void {
    this.#memory.answering = nextExchange(this.#memory.answering)
    this.#step(now, 'start')
  }

  /** Remove the binding; a REGISTER that is out is awaited first. */
  stop(now: number): void {
    this.#step(now, 'stop')
  }

  /** The response to the last REGISTER sent; provisional and older ones are ignored. */
  receive(now: number, response: SipResponse): void {
    if (response.status < 200 || response.headers.get(CSeq)?.sequence !== this.#memory.sequence) return
    this.#step(now, this.#eventOf(response))
  }

  /** The last REGISTER got no answer: RFC 3261 §8.1.3.1. */
  failed(now: number): void {
    this.#forget()
    this.#step(now, 'failure')
  }

  /** The flow of the binding is gone: its connection closed, or a keep-alive was not answered. RFC 5626 §4.4, §4.5. */
  flowLost(now: number): void {
    this.#forget()
    this.#step(now, 'flow lost')
  }

  /** Whether another flow of this phone stands, by which the waiting time is longer. RFC 5626 §4.5. */
  othersStand(stand: boolean): void {
    this.#othersStand = stand
  }

  /** What is due at `now`: the refresh, or the next try. RFC 3261 §10.2.4. */
  wake(now: number): void {
    if (now >= this.#wakeAt) this.#step(now, 'timer')
  }

  /** `Infinity` when no timer is running. */
  get nextWake(): number {
    return this.#wakeAt
  }

  /** Where in {@link registrationTable} it is. */
  get state(): RegistrationState {
    return this.#memory.state
  }

  /** Whether the registrar still holds the binding, as far as we know: true during a refresh, too. */
  isRegistered(now: number): boolean {
    return now < this.#validUntil
  }

  /** The next thing to do or know, until `undefined`. */
  poll(): RegistrationOutput | undefined {
    return this.#outputs.shift()
  }

  #step(now: number, event: RegistrationEvent): void {
    const cell = registrationTable[this.#memory.state][event]
    if (!cell) return
    this.#memory.state = cell.to
    this.#wakeAt = Number.POSITIVE_INFINITY
    if (event === '2xx' || event === 'timer') this.#memory.answering = nextExchange(this.#memory.answering)
    for (const effect of cell.effects) this.#effects[effect](now)
  }

  readonly #effects: Readonly<Record<RegistrationEffect, (now: number) => void>> = {
    send: () => this.#send(this.#memory.expiresSeconds),
    'send removal': () => this.#send(0),
    'tell registered': now => {
      this.#memory.failures = 0
      this.#memory.grantedSeconds = this.#granted.expiresSeconds
      this.#validUntil = now + this.#granted.expiresSeconds * 1000
      this.#outputs.push({ kind: 'registered', ...this.#granted })
    },
    'start refresh': now => {
      this.#wakeAt = now + this.#memory.grantedSeconds * 1000 * REFRESH_AT
    },
    'start back-off': now => {
      this.#wakeAt = now + this.#retryInMs
    },
    'count failure': () => {
      this.#memory.failures += 1
    },
    'tell failed': () => {
      const wait = backOffMs(this.#memory.failures, this.#options.random(), this.#othersStand ? SOME_FLOWS_MS : undefined)
      this.#retryInMs = Math.max(wait, this.#retryAfterMs)
      this.#outputs.push({ kind: 'failed', ...(this.#status !== undefined && { status: this.#status }), retryInMs: this.#retryInMs })
    },
    'tell unregistered': () => {
      this.#validUntil = Number.NEGATIVE_INFINITY
      this.#outputs.push({ kind: 'unregistered' })
    },
  }

  #eventOf(response: SipResponse): RegistrationEvent {
    const memory = this.#memory
    this.#status = response.status
    this.#retryAfterMs = (response.headers.get(RetryAfter)?.seconds ?? 0) * 1000
    if (response.status < 300) return this.#take(response)
    const answering = takeChallenges(memory.answering, response, this.#answering)
    if (answering) {
      memory.answering = answering
      return 'challenge'
    }
    return response.status === 423 && this.#raise(response) ? 'too brief' : 'failure'
  }

  /** A removal is granted as it is. */
  #take(response: SipResponse): RegistrationEvent {
    this.#memory.answering = takeNextNonce(this.#memory.answering, response)
    if (this.#memory.state !== 'registering') return '2xx'
    this.#granted = grantOf(response, this.#options.contact, this.#memory.expiresSeconds)
    return this.#granted.expiresSeconds > 0 ? '2xx' : 'failure'
  }

  /** RFC 3261 §10.2.8: longer than before, or we would go round in circles. */
  #raise(response: SipResponse): boolean {
    const longer = longerThan(this.#memory.expiresSeconds, response.headers.get(MinExpires))
    if (longer !== undefined) this.#memory.expiresSeconds = longer
    return longer !== undefined
  }

  #forget(): void {
    this.#status = undefined
    this.#retryAfterMs = 0
  }

  #send(expiresSeconds: number): void {
    const memory = this.#memory
    memory.sequence += 1
    const request = registerRequest(this.#options, { ...memory, expiresSeconds })
    memory.answering = answerChallenges(memory.answering, request, { uri: this.#options.registrar }, this.#answering)
    this.#outputs.push({ kind: 'send', request, hop: registrationHop(this.#options) })
  }
}

/** Part of the granted time after which the binding is refreshed: leaves room for one whole transaction that fails. */
const REFRESH_AT = 0.8
const NOTHING: RegistrationGrant = { expiresSeconds: 0, serviceRoute: [], outbound: false }

/** Keeps one phone registered: REGISTER, credentials, refresh, back-off. RFC 3261 §10.2, §22.2, RFC 5626 §4.5. */
import {
  Contact,
  CSeq,
  Expires,
  type MessageEdit,
  MinExpires,
  parseUri,
  RetryAfter,
  type SipResponse,
  sameUri,
  type Uri,
} from '@strowger/sip-parser'
import { backOffMs } from './back-off.ts'
import type { DigestHash } from './digest/hash.ts'
import { RegistrationCredentials } from './registration-credentials.ts'
import { registerRequest, registrationHop } from './registration-request.ts'
import { type RegistrationEffect, type RegistrationEvent, type RegistrationState, registrationTable } from './registration-table.ts'

export interface RegistrationOptions {
  /** Request-URI, the domain alone: `sip:example.com`. RFC 3261 §10.2. */
  readonly registrar: string
  /** The address to be reached under: `sip:alice@example.com`. */
  readonly aor: string
  /** Where this phone listens: `sip:alice@192.0.2.7:5060`. */
  readonly contact: string
  /** Parameters of Contact beside the URI: `+sip.instance`, `reg-id` (RFC 5626 §4.2), `q`. */
  readonly contactParams?: ReadonlyMap<string, string>
  /** Pre-loaded Route, first to be visited first; loose routers. RFC 3261 §8.1.1.1. */
  readonly routes?: readonly string[]
  readonly username: string
  readonly password: string
  /** Answer challenges of this realm only. Default: any. */
  readonly realm?: string
  /** Asked for; what the registrar grants counts. Default 3600. */
  readonly expiresSeconds?: number
  readonly hash: DigestHash
  /** At least 64 random bits as a token. */
  readonly token: () => string
  /** Uniform in [0, 1). */
  readonly random: () => number
}

export type RegistrationOutput =
  /** Give `request` to the transaction layer for `hop`; tell its final response to `receive`, or its failure to `failed`. */
  | { readonly kind: 'send'; readonly request: MessageEdit; readonly hop: Uri }
  | { readonly kind: 'registered'; readonly expiresSeconds: number }
  /** `status` is absent when nobody answered. It is tried again by itself. */
  | { readonly kind: 'failed'; readonly status?: number; readonly retryInMs: number }
  | { readonly kind: 'unregistered' }

/**
 * After any call that takes `now` (milliseconds of one monotonic clock), call `poll` until it returns `undefined`, then sleep until
 * `nextWake`.
 */
export class Registration {
  readonly #options: RegistrationOptions
  readonly #callId: string
  readonly #tag: string
  readonly #outputs: RegistrationOutput[] = []
  readonly #credentials: RegistrationCredentials
  #state: RegistrationState = 'idle'
  #sequence = 0
  #expiresSeconds: number
  #grantedSeconds = 0
  #status: number | undefined
  #retryAfterMs = 0
  #failures = 0
  #wakeAt = Number.POSITIVE_INFINITY
  #validUntil = Number.NEGATIVE_INFINITY

  constructor(options: RegistrationOptions) {
    this.#options = options
    this.#credentials = new RegistrationCredentials(options)
    this.#callId = options.token()
    this.#tag = options.token()
    this.#expiresSeconds = options.expiresSeconds ?? 3600
  }

  /** Register now. Also for a phone that has just found the network again. */
  start(now: number): void {
    this.#credentials.restart()
    this.#step(now, 'start')
  }

  /** Remove the binding; a REGISTER that is out is awaited first. */
  stop(now: number): void {
    this.#step(now, 'stop')
  }

  /** The response to the last REGISTER sent; provisional and older ones are ignored. */
  receive(now: number, response: SipResponse): void {
    if (response.status < 200 || response.headers.get(CSeq)?.sequence !== this.#sequence) return
    this.#step(now, this.#eventOf(response))
  }

  /** The last REGISTER got no answer: RFC 3261 §8.1.3.1. */
  failed(now: number): void {
    this.#status = undefined
    this.#retryAfterMs = 0
    this.#step(now, 'failure')
  }

  wake(now: number): void {
    if (now >= this.#wakeAt) this.#step(now, 'timer')
  }

  /** `Infinity` when no timer is running. */
  get nextWake(): number {
    return this.#wakeAt
  }

  get state(): RegistrationState {
    return this.#state
  }

  /** Whether the registrar still holds the binding, as far as we know: true during a refresh, too. */
  isRegistered(now: number): boolean {
    return now < this.#validUntil
  }

  poll(): RegistrationOutput | undefined {
    return this.#outputs.shift()
  }

  #step(now: number, event: RegistrationEvent): void {
    const cell = registrationTable[this.#state][event]
    if (!cell) return
    this.#state = cell.to
    this.#wakeAt = Number.POSITIVE_INFINITY
    if (event === '2xx' || event === 'timer') this.#credentials.restart()
    for (const effect of cell.effects) this.#effects[effect](now)
  }

  readonly #effects: Readonly<Record<RegistrationEffect, (now: number) => void>> = {
    send: () => this.#send(this.#expiresSeconds),
    'send removal': () => this.#send(0),
    'tell registered': now => {
      this.#failures = 0
      this.#validUntil = now + this.#grantedSeconds * 1000
      this.#outputs.push({ kind: 'registered', expiresSeconds: this.#grantedSeconds })
    },
    'start refresh': now => {
      this.#wakeAt = now + this.#grantedSeconds * 1000 * REFRESH_AT
    },
    'start back-off': now => {
      this.#wakeAt = now + this.#retryInMs
    },
    'tell failed': () => {
      this.#failures += 1
      this.#retryInMs = Math.max(backOffMs(this.#failures, this.#options.random()), this.#retryAfterMs)
      this.#outputs.push({ kind: 'failed', ...(this.#status !== undefined && { status: this.#status }), retryInMs: this.#retryInMs })
    },
    'tell unregistered': () => {
      this.#validUntil = Number.NEGATIVE_INFINITY
      this.#outputs.push({ kind: 'unregistered' })
    },
  }
  #retryInMs = 0

  #eventOf(response: SipResponse): RegistrationEvent {
    this.#status = response.status
    this.#retryAfterMs = (response.headers.get(RetryAfter)?.seconds ?? 0) * 1000
    if (response.status < 300) return this.#granted(response) ? '2xx' : 'failure'
    if (this.#credentials.answer(response)) return 'challenge'
    return response.status === 423 && this.#raise(response) ? 'too brief' : 'failure'
  }

  /** RFC 3261 §10.2.4: `expires` of our Contact, else Expires, else what we asked for. A removal is granted as it is. */
  #granted(response: SipResponse): boolean {
    if (this.#state !== 'registering') return true
    const ours = parseUri(this.#options.contact)
    const contact = response.headers.all(Contact).find(each => each !== '*' && ours !== undefined && sameUri(each.uri, ours))
    const own = contact === undefined || contact === '*' ? undefined : contact.params.get('expires')
    const seconds = own !== undefined && /^\d{1,9}$/.test(own) ? Number(own) : (response.headers.get(Expires) ?? this.#expiresSeconds)
    this.#grantedSeconds = seconds
    return seconds > 0
  }

  /** RFC 3261 §10.2.8: longer than before, or we would go round in circles. */
  #raise(response: SipResponse): boolean {
    const least = response.headers.get(MinExpires)
    if (least === undefined || least <= this.#expiresSeconds) return false
    this.#expiresSeconds = least
    return true
  }

  #send(expiresSeconds: number): void {
    this.#sequence += 1
    const request = registerRequest(this.#options, { callId: this.#callId, tag: this.#tag, sequence: this.#sequence, expiresSeconds })
    this.#credentials.addTo(request)
    this.#outputs.push({ kind: 'send', request, hop: registrationHop(this.#options) })
  }
}

/** Part of the granted time after which the binding is refreshed: leaves room for one whole transaction that fails. */
const REFRESH_AT = 0.8

/** Keeps one piece of state published: PUBLISH, refresh, change, removal. RFC 3903 §4. */
import {
  CSeq,
  Expires,
  type MessageEdit,
  MinExpires,
  RetryAfter,
  SipEtag,
  type SipResponse,
  type Uri,
  utf8Bytes,
} from '@strowger/sip-parser'
import { backOffMs } from '../back-off.ts'
import { longerThan } from '../min-expires.ts'
import { afterResponse, type Challenged, type Signer, sign, UNCHALLENGED } from './credentials.ts'
import { refusalFollowUp } from './follow-up.ts'
import type { StateBody } from './notify-draft.ts'
import { type PublicationEffect, type PublicationEvent, type PublicationState, publicationTable } from './publication-table.ts'
import { type PublishWish, publishHop, publishRequest } from './publish-request.ts'

/** What is published, and for how long. RFC 3903 §4.1. */
export interface PublicationOptions extends PublishWish {
  /** Asked for; what is granted counts. Default 3600. */
  readonly seconds?: number
}

/** What is not data. `account` answers challenges. */
export interface PublicationTools extends Signer {
  /** Uniform in [0, 1). */
  readonly random: () => number
}

/** What the publication wants done or known; switch on `kind`. RFC 3903 §4. */
export type PublicationOutput =
  /** Give `request` to the transaction layer for `hop`; tell its final response to `receive`, or its failure to `failed`. */
  | { readonly kind: 'send'; readonly request: MessageEdit; readonly hop: Uri }
  /** The server has the newest state. */
  | { readonly kind: 'published'; readonly seconds: number }
  /** It is tried again by itself. `status` is absent when nobody answered. */
  | { readonly kind: 'waiting'; readonly status?: number; readonly retryInMs: number }
  /** It will not be tried again until there is newer state. */
  | { readonly kind: 'refused'; readonly status?: number }
  | { readonly kind: 'removed' }

/** JSON; times are milliseconds of one monotonic clock. */
export interface PublicationData {
  /** See {@link publicationTable}. */
  readonly state: PublicationState
  /** The same for all PUBLISHs of one publication. */
  readonly callId: string
  /** Our From tag. */
  readonly localTag: string
  /** CSeq of the last PUBLISH. */
  readonly sequence: number
  /** Asked for at the next PUBLISH; raised by 423. RFC 3903 §4.2. */
  readonly askSeconds: number
  /** The server's name for what it has. RFC 3903 §4.1. */
  readonly etag?: string
  /** The newest state. */
  readonly body?: StateBody
  /** The server does not have `body` yet. */
  readonly dirty: boolean
  /** To be taken back as soon as nothing is out. */
  readonly stopped: boolean
  /** What the server challenged us with. */
  readonly challenged: Challenged
  /** Tries in a row that came to nothing. */
  readonly failures: number
  /** When to refresh or try again. */
  readonly wakeAt?: number
  /** Of the last refusal. */
  readonly status?: number
}

/**
 * After any call that takes `now` (milliseconds of one monotonic clock), call `poll` until it returns `undefined`, then sleep until
 * `nextWake`.
 */
export class Publication {
  readonly #options: PublicationOptions
  readonly #tools: PublicationTools
  readonly #outputs: PublicationOutput[] = []
  #data: PublicationData
  #retryAfterSeconds: number | undefined
  #grantedSeconds = 0

  /** `saved`: what {@link save} gave, moved to the clock of `now`. */
  constructor(options: PublicationOptions, tools: PublicationTools, saved?: { readonly data: PublicationData; readonly now: number }) {
    this.#options = options
    this.#tools = tools
    this.#data = saved ? shifted(saved.data, saved.now) : idle(options.seconds ?? 3600, tools.token)
  }

  /** There is newer state; while a PUBLISH is out the latest one waits for its answer. RFC 3903 §4.1. */
  publish(now: number, body: StateBody): void {
    this.#data = { ...this.#data, body, dirty: true, stopped: false }
    this.#step(now, 'news')
  }

  /** Takes the state back. RFC 3903 §4.5. */
  stop(now: number): void {
    this.#data = { ...this.#data, stopped: true }
    this.#step(now, 'stop')
  }

  /** The response to the last PUBLISH; provisional and older ones are ignored. */
  receive(now: number, response: SipResponse): void {
    if (response.status < 200 || response.headers.get(CSeq)?.sequence !== this.#data.sequence) return
    const { challenged, again } = afterResponse(this.#data.challenged, response, this.#tools)
    this.#data = { ...this.#data, challenged }
    this.#retryAfterSeconds = response.headers.get(RetryAfter)?.seconds
    this.#step(now, again ? 'challenged' : this.#eventOf(response))
  }

  /** The last PUBLISH got no answer. RFC 3261 §8.1.3.1. */
  failed(now: number): void {
    const { status: _, ...data } = this.#data
    this.#data = data
    this.#retryAfterSeconds = undefined
    this.#step(now, 'refused')
  }

  /** Does what is due by `now`; harmless when nothing is. */
  wake(now: number): void {
    if (now >= this.nextWake) this.#step(now, 'due')
  }

  /** `Infinity` when no timer is running. */
  get nextWake(): number {
    return this.#data.wakeAt ?? Number.POSITIVE_INFINITY
  }

  /** Where it stands; see {@link publicationTable}. */
  get state(): PublicationState {
    return this.#data.state
  }

  /** The next thing to do or to know, until `undefined`. */
  poll(): PublicationOutput | undefined {
    return this.#outputs.shift()
  }

  /** JSON with remaining times; give it to the constructor in another process. */
  save(now: number): PublicationData {
    return shifted(this.#data, -now)
  }

  #eventOf({ status, headers }: SipResponse): PublicationEvent {
    if (status < 300) {
      const etag = headers.get(SipEtag)
      // The tag is a MUST; without one it can only be published anew (RFC 3903 §6, §11.3.1).
      const { etag: _, ...data } = this.#data
      this.#data = etag === undefined ? data : { ...data, etag }
      this.#grantedSeconds = Math.min(headers.get(Expires) ?? this.#data.askSeconds, this.#data.askSeconds)
      return this.#grantedSeconds > 0 || this.#data.state === 'removing' ? '2xx' : 'refused'
    }
    this.#data = { ...this.#data, status }
    if (status === 412) return this.#data.etag === undefined ? 'refused' : 'gone'
    const longer = status === 423 ? longerThan(this.#data.askSeconds, headers.get(MinExpires)) : undefined
    if (longer !== undefined) {
      this.#data = { ...this.#data, askSeconds: longer }
      return 'too brief'
    }
    return refusalFollowUp(status).kind === 'never' ? 'forbidden' : 'refused'
  }

  #step(now: number, event: PublicationEvent): void {
    const cell = publicationTable[this.#data.state][event]
    if (!cell) return
    const { wakeAt: _, ...data } = this.#data
    this.#data = { ...data, state: cell.to }
    for (const effect of cell.effects) this.#effects[effect](now)
  }

  readonly #effects: Readonly<Record<PublicationEffect, (now: number) => void>> = {
    publish: () => this.#send(this.#data.body),
    anew: () => {
      this.#forget()
      this.#send(this.#data.body)
    },
    again: () => this.#send(this.#data.state === 'publishing' ? this.#data.body : undefined),
    refresh: () => this.#send(undefined),
    remove: () => this.#send(undefined),
    settle: now => this.#settle(now),
    'back off': now => this.#backOff(now),
    'tell removed': now => {
      this.#forget()
      this.#outputs.push({ kind: 'removed' })
      // There was newer state while the old one was being taken back.
      if (!this.#data.stopped) this.#step(now, 'news')
    },
    'tell refused': () => {
      this.#forget()
      this.#outputs.push({ kind: 'refused', ...this.#statusOf() })
    },
  }

  /** The answer is in: what waited for it comes next. */
  #settle(now: number): void {
    this.#data = { ...this.#data, failures: 0 }
    if (this.#data.stopped) return this.#step(now, 'stop')
    if (this.#data.dirty) return this.#step(now, 'news')
    if (this.#data.etag === undefined) this.#data = { ...this.#data, dirty: true }
    this.#data = { ...this.#data, wakeAt: now + this.#grantedSeconds * 1000 * REFRESH_AT }
    this.#outputs.push({ kind: 'published', seconds: this.#grantedSeconds })
  }

  #backOff(now: number): void {
    const failures = this.#data.failures + 1
    const retryInMs = Math.max(backOffMs(failures, this.#tools.random()), (this.#retryAfterSeconds ?? 0) * 1000)
    this.#data = { ...this.#data, failures, dirty: true, wakeAt: now + retryInMs }
    if (this.#data.stopped) return this.#step(now, 'stop')
    this.#outputs.push({ kind: 'waiting', ...this.#statusOf(), retryInMs })
  }

  #statusOf(): { readonly status?: number } {
    return this.#data.status === undefined ? {} : { status: this.#data.status }
  }

  #forget(): void {
    const { etag: _, ...data } = this.#data
    this.#data = data
  }

  /** Without a tag there is nothing to refresh: the body goes along. RFC 3903 §4.3. */
  #send(body: StateBody | undefined): void {
    const { callId, localTag, askSeconds, etag, state } = this.#data
    const sequence = this.#data.sequence + 1
    const seconds = state === 'removing' ? 0 : askSeconds
    const content = body ?? (etag === undefined && state !== 'removing' ? this.#data.body : undefined)
    const request = publishRequest(this.#options, { callId, localTag, sequence, seconds, ...(etag !== undefined && { etag }) }, content)
    const challenged = sign(this.#data.challenged, request, this.#tools, content && utf8Bytes(content.text))
    this.#data = { ...this.#data, sequence, challenged, ...(content && { dirty: false }) }
    this.#outputs.push({ kind: 'send', request, hop: publishHop(this.#options) })
  }
}

function idle(askSeconds: number, token: () => string): PublicationData {
  const names = { callId: token(), localTag: token() }
  return { state: 'idle', ...names, sequence: 0, askSeconds, dirty: false, stopped: false, challenged: UNCHALLENGED, failures: 0 }
}

function shifted(data: PublicationData, ms: number): PublicationData {
  return data.wakeAt === undefined ? data : { ...data, wakeAt: data.wakeAt + ms }
}

/** Part of the granted time after which it is refreshed: leaves room for one whole transaction that fails. */
const REFRESH_AT = 0.8

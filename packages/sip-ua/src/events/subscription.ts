/** Keeps one watcher subscribed: SUBSCRIBE, forks, refresh, every way a subscription can end. RFC 6665 §4.1. */
import type { MessageEdit, SipRequest, SipResponse, Uri } from '@strowger/sip-parser'
import { refreshTarget } from '../dialog.ts'
import { hopUriOf } from '../dialog-request.ts'
import { longerThan } from '../min-expires.ts'
import { afterResponse, type Signer, sign, UNCHALLENGED } from './credentials.ts'
import { refusalFollowUp, retryInMs } from './follow-up.ts'
import { newSubscribe, readAnswer, type SubscribeWish, subscribeHop, subscribeIn } from './subscribe-request.ts'
import {
  answerSubscriber,
  nextSubscriberWake,
  type SubscriberStep,
  stopSubscriber,
  TIMER_N_MS,
  wakeSubscriber,
} from './subscriber-usage.ts'
import { type Cause, concerns, type Fork, idleSubscription, type SubscriptionData, shiftSubscription } from './subscription-data.ts'
import { receiveNotify, type StateNews } from './subscription-notify.ts'
import { type SubscriptionEffect, type SubscriptionEvent, type SubscriptionState, subscriptionTable } from './subscription-table.ts'

/** JSON, apart from {@link SubscriptionTools}. */
export interface SubscriptionOptions extends SubscribeWish {
  /** Asked for; what is granted counts. 0 asks once for the state as it is (RFC 6665 §4.4.3). */
  readonly seconds: number
  /** Take all subscriptions that a forked SUBSCRIBE makes. Default false: the first. RFC 6665 §5.4.9. */
  readonly forks?: boolean
}

/** What is not data. `account` answers challenges. */
export interface SubscriptionTools extends Signer {
  /** Uniform in [0, 1). */
  readonly random: () => number
}

/** What the subscription wants done or known; switch on `kind`. RFC 6665 §4.1.2. */
export type SubscriptionOutput =
  /** Give `request` to the transaction layer for `hop`; tell its final response to `receive`, or its failure to `failed`, with `id`. */
  | { readonly kind: 'send'; readonly id: number; readonly request: MessageEdit; readonly hop: Uri }
  /** A NOTIFY came. */
  | ({ readonly kind: 'state' } & StateNews)
  /** There is no subscription now; it is tried again by itself. */
  | ({ readonly kind: 'waiting'; readonly retryInMs: number } & Cause)
  /** There is none and will be none until `start`. */
  | ({ readonly kind: 'ended' } & Cause)

/**
 * After any call that takes `now` (milliseconds of one monotonic clock), call `poll` until it returns `undefined`, then sleep until
 * `nextWake`.
 */
export class Subscription {
  readonly #options: SubscriptionOptions
  readonly #tools: SubscriptionTools
  readonly #outputs: SubscriptionOutput[] = []
  #data: SubscriptionData

  /** `saved`: what {@link save} gave, moved to the clock of `now`. */
  constructor(options: SubscriptionOptions, tools: SubscriptionTools, saved?: { readonly data: SubscriptionData; readonly now: number }) {
    this.#options = options
    this.#tools = tools
    this.#data = saved ? shiftSubscription(saved.data, saved.now) : idleSubscription(options.seconds)
  }

  /** Subscribe now; also to cut a wait short. */
  start(now: number): void {
    this.#data = { ...this.#data, failures: 0 }
    this.#step(now, 'start')
  }

  /** Unsubscribe, from each fork; a SUBSCRIBE that is out is awaited first. RFC 6665 §4.1.2.3. */
  stop(now: number): void {
    this.#step(now, 'stop')
  }

  /** The response to the request that was sent as `id`; provisional ones and strangers are ignored. */
  receive(now: number, id: number, response: SipResponse): void {
    if (response.status >= 200) this.#answered(now, id, response)
  }

  /** The request that was sent as `id` got no answer: RFC 3261 §8.1.3.1. */
  failed(now: number, id: number): void {
    this.#answered(now, id, undefined)
  }

  /**
   * A NOTIFY. The response to it, or `undefined` when it is not about this subscription: ask the next one, and answer 481 when it is
   * nobody's (RFC 6665 §4.1.3). Send the response before you `poll`.
   */
  notify(now: number, request: SipRequest): MessageEdit | undefined {
    if (request.method !== 'NOTIFY' || !concerns(this.#data, request)) return undefined
    const opens = subscriptionTable[this.#data.state].notify !== undefined
    const taken = receiveNotify(this.#data, this.#options, now, request, opens)
    this.#data = taken.data
    if (taken.news) this.#outputs.push({ kind: 'state', ...taken.news })
    if (taken.made) this.#step(now, 'notify')
    this.#checkEnded(now)
    return taken.response
  }

  /** Does what is due by `now`; harmless when nothing is. */
  wake(now: number): void {
    for (const fork of this.#data.forks) this.#apply(now, fork, wakeSubscriber(fork.usage, now))
    if (now >= (this.#data.wakeAt ?? Number.POSITIVE_INFINITY)) this.#step(now, 'timer')
    this.#checkEnded(now)
  }

  /** `Infinity` when no timer is running. */
  get nextWake(): number {
    return Math.min(this.#data.wakeAt ?? Number.POSITIVE_INFINITY, ...this.#data.forks.map(fork => nextSubscriberWake(fork.usage)))
  }

  /** Where it stands; see {@link subscriptionTable}. */
  get state(): SubscriptionState {
    return this.#data.state
  }

  /** The next thing to do or to know, until `undefined`. */
  poll(): SubscriptionOutput | undefined {
    return this.#outputs.shift()
  }

  /** JSON with remaining times; give it to the constructor in another process. Requests that are out keep their `id`. */
  save(now: number): SubscriptionData {
    return shiftSubscription(this.#data, -now)
  }

  #answered(now: number, id: number, response: SipResponse | undefined): void {
    const entry = this.#data.sent.find(each => each.id === id)
    if (!entry) return
    const { challenged, again } = afterResponse(this.#data.challenged, response, this.#tools)
    this.#data = { ...this.#data, challenged, sent: this.#data.sent.filter(each => each !== entry) }
    if (entry.tag === undefined) this.#firstAnswered(now, response, again)
    else this.#forkAnswered(now, entry.tag, response, again)
    this.#checkEnded(now)
  }

  #firstAnswered(now: number, response: SipResponse | undefined, challenged: boolean): void {
    const { status, minSeconds, retryAfterSeconds, grantedSeconds } = response ? readAnswer(response) : { status: undefined }
    const longer = status === 423 ? longerThan(this.#data.askSeconds, minSeconds) : undefined
    const cause = { followUp: refusalFollowUp(status, retryAfterSeconds), cause: status === undefined ? {} : { status } }
    if (status !== undefined && status < 300) {
      this.#data = { ...this.#data, ...(grantedSeconds !== undefined && { grantedSeconds }) }
      this.#step(now, '2xx')
    } else if (challenged) this.#step(now, 'challenged')
    else if (longer !== undefined) {
      this.#data = { ...this.#data, askSeconds: longer }
      this.#step(now, 'too brief')
    } else {
      if (this.#data.forks.length === 0) this.#data = { ...this.#data, ...cause }
      this.#step(now, 'refused')
    }
  }

  #forkAnswered(now: number, tag: string, response: SipResponse | undefined, answerable: boolean): void {
    const fork = this.#data.forks.find(each => each.dialog.remoteTag === tag)
    if (!fork) return
    const answer = response ? { ...readAnswer(response), answerable } : { status: undefined }
    const dialog = response && response.status < 300 ? refreshTarget(fork.dialog, response) : fork.dialog
    this.#apply(now, { ...fork, dialog }, answerSubscriber(fork.usage, now, answer))
  }

  /** Puts back a fork after a step of its usage, and does what that step wants. */
  #apply(now: number, { dialog }: Fork, { usage, send, gone }: SubscriberStep): void {
    const others = this.#data.forks.filter(each => each.dialog.remoteTag !== dialog.remoteTag)
    if (gone) {
      const lasted = now - usage.startedAt >= LASTED_MS
      this.#data = { ...this.#data, forks: others, followUp: { kind: 'now' }, cause: {}, ...(lasted && { failures: 0 }) }
      return
    }
    if (!send) {
      this.#data = { ...this.#data, forks: [...others, { dialog, usage }] }
      return
    }
    const { dialog: after, edit } = subscribeIn(dialog, this.#options, send.seconds)
    this.#data = { ...this.#data, forks: [...others, { dialog: after, usage }] }
    this.#send(edit, hopUriOf(after), dialog.remoteTag)
  }

  /** No subscription is left, and no other fork can bring one. */
  #checkEnded(now: number): void {
    const { forks, closed, state } = this.#data
    if (forks.length > 0 || (this.#options.forks === true && !closed)) return
    if (subscriptionTable[state].ended) this.#step(now, 'ended')
  }

  #step(now: number, event: SubscriptionEvent): void {
    const cell = subscriptionTable[this.#data.state][event]
    if (!cell) return
    const ends = event === 'timer' && cell.effects.includes('decide')
    this.#data = { ...this.#data, state: cell.to, ...(ends && { followUp: { kind: 'later' } as const, cause: {} }) }
    for (const effect of cell.effects) this.#effects[effect](now)
  }

  readonly #effects: Readonly<Record<SubscriptionEffect, (now: number) => void>> = {
    begin: now => {
      const fresh = { callId: this.#tools.token(), localTag: this.#tools.token(), sequence: 0, challenged: UNCHALLENGED }
      const { grantedSeconds: _, ...kept } = this.#data
      this.#data = { ...kept, ...fresh, closed: false, forks: [], sent: [], cause: {} }
      this.#sendFirst(now)
    },
    again: now => this.#sendFirst(now),
    take: () => {},
    leave: now => {
      for (const fork of this.#data.forks) this.#apply(now, fork, stopSubscriber(fork.usage, now))
    },
    close: () => {
      this.#data = { ...withoutTimer(this.#data), closed: true }
    },
    decide: now => this.#decide(now),
    'tell ended': () => {
      this.#outputs.push({ kind: 'ended', ...this.#data.cause })
      this.#data = { ...withoutTimer(this.#data), callId: '', forks: [], sent: [], failures: 0 }
    },
  }

  #sendFirst(now: number): void {
    const sequence = this.#data.sequence + 1
    const { callId, localTag, askSeconds } = this.#data
    this.#data = { ...this.#data, sequence, wakeAt: now + TIMER_N_MS }
    const edit = newSubscribe(this.#options, { callId, localTag, sequence, seconds: askSeconds })
    this.#send(edit, subscribeHop(this.#options))
  }

  #send(request: MessageEdit, hop: Uri, tag?: string): void {
    const id = this.#data.nextId
    const challenged = sign(this.#data.challenged, request, this.#tools)
    const sent = [...this.#data.sent, { id, ...(tag !== undefined && { tag }) }]
    this.#data = { ...this.#data, challenged, nextId: id + 1, sent }
    this.#outputs.push({ kind: 'send', id, request, hop })
  }

  /** RFC 6665 §4.1.3. Who only wanted the state as it was has it (RFC 6665 §4.4.3). */
  #decide(now: number): void {
    const { followUp, cause } = this.#data
    const failures = this.#data.failures + 1
    const waitMs = this.#options.seconds === 0 ? undefined : retryInMs(followUp, failures, this.#tools.random())
    const state = waitMs === undefined ? 'idle' : waitMs === 0 ? 'subscribing' : 'waiting'
    this.#data = { ...withoutTimer(this.#data), state, callId: '', forks: [], sent: [], failures }
    if (waitMs === undefined) this.#effects['tell ended'](now)
    else if (waitMs === 0) this.#effects.begin(now)
    else {
      this.#data = { ...this.#data, wakeAt: now + waitMs }
      this.#outputs.push({ kind: 'waiting', retryInMs: waitMs, ...cause })
    }
  }
}

function withoutTimer({ wakeAt: _, ...data }: SubscriptionData): SubscriptionData {
  return data
}

/** A subscription that lasted so long was a good one: the next failure is a first one. */
const LASTED_MS = 60_000

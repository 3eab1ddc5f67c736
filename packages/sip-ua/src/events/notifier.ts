/** Serves subscriptions: takes SUBSCRIBEs, sends NOTIFYs, forgets what has ended. RFC 6665 §4.2. */
import {
  Contact,
  Event,
  Expires,
  type MessageEdit,
  RetryAfter,
  responseTo,
  type SipRequest,
  type SipResponse,
  To,
  tagOf,
  type Uri,
  utf8Bytes,
} from '@strowger/sip-parser'
import { DueQueue } from '../call/due-queue.ts'
import { confirm, type Dialog, dialogAsServer, dialogId, dialogIdOf, refreshTarget } from '../dialog.ts'
import { receiveIn } from '../dialog-receive.ts'
import { hopUriOf } from '../dialog-request.ts'
import { afterResponse, type Challenged, type Signer, sign, UNCHALLENGED } from './credentials.ts'
import { draftIn } from './draft.ts'
import { type EventName, type EventPackage, eventName, sameEvent } from './event-package.ts'
import {
  activateNotifier,
  answerNotifier,
  changeNotifier,
  type Ending,
  endNotifier,
  isOpen,
  type NotifierStep,
  type NotifierUsage,
  nextNotifierWake,
  refreshNotifier,
  shiftNotifier,
  startNotifier,
  wakeNotifier,
} from './notifier-usage.ts'
import { notifyDraft, type StateBody } from './notify-draft.ts'
import { checkSubscribe, type SubscribeAsks, withAllowEvents } from './subscribe-check.ts'
import { uriOf } from './uri-of.ts'

/** `account` answers challenges of subscribers. */
export interface NotifierOptions extends Signer {
  /** What can be subscribed to here. */
  readonly packages: readonly EventPackage[]
  /** Ours, where SUBSCRIBEs in a dialog reach us. */
  readonly contact: string
  /** Subscriptions kept at most; above it 503 with Retry-After. Default 100 000. */
  readonly capacity?: number
}

/** A SUBSCRIBE that could be had: `accept` or `refuse` it. Nothing is remembered before. */
export interface SubscribeOffer extends SubscribeAsks {
  /** The SUBSCRIBE: who asks, and for whom. */
  readonly request: SipRequest
}

/** What becomes of a SUBSCRIBE: answered here, or for the user to decide. RFC 6665 §4.2.1. */
export type SubscribeTaken =
  /** Send this response. */
  | { readonly kind: 'answered'; readonly response: MessageEdit }
  /** A new subscriber: authenticate and authorise it (RFC 6665 §4.2.1.3), then `accept` or `refuse`. */
  | { readonly kind: 'offer'; readonly offer: SubscribeOffer }

/** What the notifier wants done or known; switch on `kind`. RFC 6665 §4.2.2. */
export type NotifierOutput =
  /**
   * Give `request` to the transaction layer for `hop`; tell its final response to `receive`, or its failure to `failed`, with `id`.
   * The body is the latest of `notify`; a package that counts its documents puts in another one now, by `version` (from 0) and `full`.
   */
  | {
      readonly kind: 'send'
      readonly id: string
      readonly request: MessageEdit
      readonly hop: Uri
      readonly version: number
      readonly full: boolean
    }
  /** The subscription is forgotten. */
  | { readonly kind: 'ended'; readonly id: string; readonly ending?: Ending }

/** One subscription, JSON; times as in {@link NotifierUsage}. */
export interface NotifierSubscription {
  /** Its dialog id. */
  readonly id: string
  /** What it is about. */
  readonly event: EventName
  /** The dialog it has to itself. */
  readonly dialog: Dialog
  /** Where it stands. */
  readonly usage: NotifierUsage
  /** What the subscriber can read, of the bodies of the package. */
  readonly contentType: string
  /** The newest state. */
  readonly body?: StateBody
  /** What the subscriber challenged NOTIFYs with. */
  readonly challenged: Challenged
}

/**
 * After any call that takes `now` (milliseconds of one monotonic clock), send the response it returned, call `poll` until it returns
 * `undefined`, then sleep until `nextWake`. Ids are dialog ids: one subscription per dialog (RFC 6665 §4.5.2).
 */
export class Notifier {
  readonly #options: NotifierOptions
  readonly #subscriptions: Map<string, NotifierSubscription> = new Map()
  readonly #due: DueQueue = new DueQueue()
  readonly #outputs: NotifierOutput[] = []

  constructor(options: NotifierOptions) {
    this.#options = options
  }

  /** A SUBSCRIBE, in a dialog or outside of any. RFC 6665 §4.2.1. */
  subscribe(now: number, request: SipRequest): SubscribeTaken {
    const to = request.headers.get(To)
    if (to && tagOf(to) !== undefined) return { kind: 'answered', response: this.#refresh(now, request) }
    const checked = checkSubscribe(request, this.#options.packages, this.#options.token())
    if ('refusal' in checked) return { kind: 'answered', response: checked.refusal }
    if (this.#subscriptions.size < (this.#options.capacity ?? 100_000)) return { kind: 'offer', offer: { ...checked.asks, request } }
    const full = responseTo(request, 503, { toTag: this.#options.token() }).append(RetryAfter, { seconds: 60 })
    return { kind: 'answered', response: full }
  }

  /**
   * Takes a subscriber in, `pending` until `activate` where nobody has decided yet. `body`: the state as far as it is known. The
   * 200 and the id; 400 without one when the SUBSCRIBE has no Contact. RFC 6665 §4.2.1.2.
   */
  accept(
    now: number,
    offer: SubscribeOffer,
    options: { readonly status?: 'active' | 'pending'; readonly body?: StateBody } = {},
  ): { readonly response: MessageEdit; readonly id?: string } {
    const { request, event, seconds, contentType } = offer
    const toTag = this.#options.token()
    const dialog = dialogAsServer(request, toTag, this.#options.contact)
    if (!dialog) return { response: responseTo(request, 400, { toTag, reason: 'Missing Contact' }) }
    const { throttleMs = 0 } = offer.package
    const started = startNotifier(now, { status: options.status ?? 'active', seconds, throttleMs })
    const id = dialogId(dialog)
    const body = options.body && { body: options.body }
    this.#apply({ id, event, dialog: confirm(dialog), usage: started.usage, contentType, challenged: UNCHALLENGED, ...body }, started)
    return { response: this.#granted(request, seconds, toTag), id }
  }

  /** The refusal of an offer: 403 and 603 for good, 480 and the like for now. RFC 6665 §4.2.1.3. */
  refuse(offer: SubscribeOffer, status: number): MessageEdit {
    return responseTo(offer.request, status, { toTag: this.#options.token() })
  }

  /** There is newer state; what had not been sent is left out. False when there is no such subscription. */
  notify(now: number, id: string, body: StateBody | undefined): boolean {
    return this.#change(id, subscription => [withBody(subscription, body), changeNotifier(subscription.usage, now)])
  }

  /** Pending no more. RFC 6665 §4.2.2. */
  activate(now: number, id: string, body?: StateBody): boolean {
    return this.#change(id, subscription => [body ? withBody(subscription, body) : subscription, activateNotifier(subscription.usage, now)])
  }

  /** Ends it with a last NOTIFY, whose body is the latest one. RFC 6665 §4.2.2. */
  end(now: number, id: string, ending: Ending): boolean {
    return this.#change(id, subscription => [subscription, endNotifier(subscription.usage, now, ending)])
  }

  /** The response to the NOTIFY of subscription `id`; provisional ones are ignored. RFC 6665 §4.2.2. */
  receive(now: number, id: string, response: SipResponse): void {
    if (response.status < 200) return
    const retryAfterSeconds = response.headers.get(RetryAfter)?.seconds
    this.#change(id, subscription => {
      const { challenged, again } = afterResponse(subscription.challenged, response, this.#options)
      return [
        { ...subscription, challenged },
        answerNotifier(subscription.usage, now, { status: response.status, retryAfterSeconds, answerable: again }),
      ]
    })
  }

  /** The NOTIFY of subscription `id` was not answered: the subscriber is gone. RFC 6665 §4.2.2. */
  failed(now: number, id: string): void {
    this.#change(id, subscription => [subscription, answerNotifier(subscription.usage, now, { status: undefined })])
  }

  /** Does what is due by `now`; harmless when nothing is. */
  wake(now: number): void {
    for (let id = this.#due.take(now); id !== undefined; id = this.#due.take(now))
      this.#change(id, subscription => [subscription, wakeNotifier(subscription.usage, now)])
  }

  /** `Infinity` when no timer is running. */
  get nextWake(): number {
    return this.#due.next
  }

  /** The next thing to do or to know, until `undefined`. */
  poll(): NotifierOutput | undefined {
    return this.#outputs.shift()
  }

  /** Of one event, `undefined`: of all. */
  *subscriptions(type?: string): Iterable<NotifierSubscription> {
    for (const each of this.#subscriptions.values()) if (type === undefined || each.event.type === type) yield each
  }

  /** JSON with remaining times. NOTIFYs that are out must be answered, or `failed`, under their id where it is restored. */
  save(now: number): readonly NotifierSubscription[] {
    return [...this.#subscriptions.values()].map(each => ({ ...each, usage: shiftNotifier(each.usage, -now) }))
  }

  /** Takes in what `save` gave, on the clock of `now`. */
  restore(now: number, saved: readonly NotifierSubscription[]): void {
    for (const each of saved) this.#keep({ ...each, usage: shiftNotifier(each.usage, now) })
  }

  #refresh(now: number, request: SipRequest): MessageEdit {
    const subscription = this.#subscriptions.get(dialogIdOf(request))
    if (!subscription || !isOpen(subscription.usage)) return responseTo(request, 481)
    const received = receiveIn(subscription.dialog, request)
    if ('refuse' in received) return responseTo(request, received.refuse)
    const event = request.headers.get(Event)
    // Another subscription in this dialog: RFC 6665 §4.5.2 lets us say no.
    if (event && !sameEvent(eventName(event), subscription.event)) return this.#otherEvent(request, event.type)
    const checked = checkSubscribe(request, this.#options.packages, '')
    if ('refusal' in checked) return checked.refusal
    const { seconds, contentType } = checked.asks
    const step = refreshNotifier(subscription.usage, now, seconds)
    this.#apply({ ...subscription, contentType, dialog: refreshTarget(received.dialog, request) }, step)
    return this.#granted(request, seconds)
  }

  #otherEvent(request: SipRequest, type: string): MessageEdit {
    const known = this.#options.packages.some(({ name }) => name === type)
    return known ? responseTo(request, 403) : withAllowEvents(responseTo(request, 489), this.#options.packages)
  }

  #granted(request: SipRequest, seconds: number, toTag?: string): MessageEdit {
    return responseTo(request, 200, { recordRoute: true, ...(toTag !== undefined && { toTag }) })
      .append(Contact, { uri: uriOf(this.#options.contact), params: new Map() })
      .append(Expires, seconds)
  }

  #keep(subscription: NotifierSubscription): void {
    this.#subscriptions.set(subscription.id, subscription)
    this.#due.set(subscription.id, nextNotifierWake(subscription.usage))
  }

  #change(id: string, act: (subscription: NotifierSubscription) => readonly [NotifierSubscription, NotifierStep]): boolean {
    const subscription = this.#subscriptions.get(id)
    if (!subscription) return false
    this.#apply(...act(subscription))
    return true
  }

  #apply(before: NotifierSubscription, { usage, send, ended }: NotifierStep): void {
    const subscription = { ...before, usage }
    if (ended) {
      this.#subscriptions.delete(subscription.id)
      this.#due.set(subscription.id, Number.POSITIVE_INFINITY)
      this.#outputs.push({ kind: 'ended', id: subscription.id, ...(usage.ending && { ending: usage.ending }) })
      return
    }
    if (!send) return this.#keep(subscription)
    const { dialog, edit } = draftIn(subscription.dialog, notifyDraft(subscription.event, send))
    const { body, id } = subscription
    if (body) edit.body(body.contentType, utf8Bytes(body.text))
    const challenged = sign(subscription.challenged, edit, this.#options, body && utf8Bytes(body.text))
    this.#keep({ ...subscription, dialog, challenged })
    this.#outputs.push({ kind: 'send', id, request: edit, hop: hopUriOf(dialog), version: send.version, full: send.full })
  }
}

function withBody({ body: _, ...subscription }: NotifierSubscription, body: StateBody | undefined): NotifierSubscription {
  return body ? { ...subscription, body } : subscription
}

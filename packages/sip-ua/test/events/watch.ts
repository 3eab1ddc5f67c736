/** A watcher and a notifier on a simulated network, with real transaction layers in between. */
import { type AuthParams, CallId, responseTo, type SipRequest, WwwAuthenticate } from '@strowger/sip-parser'
import type { ClientTransaction, Output } from '@strowger/sip-transaction'
import { type Element, type Simulation, type SimulationOptions, seededRandom, seededToken, simulate } from '@strowger/testkit'
import type { EventPackage } from '../../src/events/event-package.ts'
import { Notifier, type NotifierOptions, type SubscribeOffer } from '../../src/events/notifier.ts'
import { Subscription, type SubscriptionOptions, type SubscriptionTools } from '../../src/events/subscription.ts'
import type { SubscriptionData } from '../../src/events/subscription-data.ts'

export const MWI: EventPackage = { name: 'message-summary', accepts: ['application/simple-message-summary'], defaultSeconds: 3600 }

export const bodyOf = (text: string) => ({ contentType: 'application/simple-message-summary', text })

export interface WatchOptions extends Partial<Omit<SimulationOptions, 'seed'>> {
  readonly seed?: number
  readonly subscription?: Partial<SubscriptionOptions>
  readonly tools?: Partial<SubscriptionTools>
  readonly notifier?: Partial<NotifierOptions>
  /** What the notifier answers to a new subscriber; default: active with the newest state. A number refuses. */
  readonly decide?: (offer: SubscribeOffer) => 'active' | 'pending' | number
}

export class Watch {
  readonly simulation: Simulation
  watcher: Subscription
  notifier: Notifier
  /** What the watcher was told: `SECONDS kind ...`. */
  readonly told: string[] = []
  /** Requests that reached the other side, once each: `METHOD Expires`. */
  readonly served: string[] = []
  readonly ended: string[] = []
  readonly responses: number[] = []
  /** The newest state there is, and the newest the watcher knows. */
  state = 'v0'
  known: string | undefined
  /** Ids of subscriptions, oldest first. */
  readonly ids: string[] = []
  /** Answer this status to SUBSCRIBEs of the watcher in place of the notifier. */
  intercept: ((request: SipRequest) => number | undefined) | undefined
  /** Challenge SUBSCRIBEs of the watcher with these. */
  challenge: ((request: SipRequest) => readonly AuthParams[] | undefined) | undefined
  /** Of each SUBSCRIBE served. */
  readonly callIds: string[] = []
  /** When both are woken next; -1: not arranged. */
  #wakeAt = -1
  readonly #sent = new Map<ClientTransaction, number | string>()
  readonly #options: WatchOptions
  readonly #wish: SubscriptionOptions
  readonly #tools: SubscriptionTools

  constructor(options: WatchOptions = {}) {
    this.#options = options
    const seed = options.seed ?? 1
    const random = seededRandom(seed + 7)
    const token = seededToken(random)
    this.simulation = simulate({
      ...options,
      seed,
      client: (output, element) => this.#watcherTakes(output, element),
      server: (output, element) => this.#notifierTakes(output, element),
    })
    this.#wish = {
      target: 'sip:alice@server.test',
      from: 'sip:bob@client.test',
      contact: 'sip:bob@192.0.2.1',
      event: { type: 'message-summary' },
      accept: ['application/simple-message-summary'],
      seconds: 600,
      ...options.subscription,
    }
    this.#tools = { token, random: () => 0, ...options.tools }
    this.watcher = new Subscription(this.#wish, this.#tools)
    this.notifier = new Notifier({ packages: [MWI], contact: 'sip:alice@192.0.2.2', token, ...options.notifier })
  }

  start(): this {
    return this.act(() => this.watcher.start(this.simulation.now))
  }

  stop(): this {
    return this.act(() => this.watcher.stop(this.simulation.now))
  }

  /** The state becomes `text`, for every subscriber. */
  change(text: string): this {
    this.state = text
    return this.act(() => {
      for (const { id } of [...this.notifier.subscriptions()]) this.notifier.notify(this.simulation.now, id, bodyOf(text))
    })
  }

  act(what: () => void): this {
    what()
    this.#drain()
    return this
  }

  run(seconds: number): this {
    this.simulation.advance(seconds * 1000)
    return this
  }

  /** The watcher goes on from what was saved, as in another process. */
  moved(saved: SubscriptionData): this {
    const { now } = this.simulation
    return this.act(() => {
      this.watcher = new Subscription(this.#wish, this.#tools, { data: saved, now })
    })
  }

  get subscribers(): number {
    return [...this.notifier.subscriptions()].length
  }

  #watcherTakes(output: Output, { layer }: Element): void {
    const { now } = this.simulation
    if (output.kind === 'request') {
      const { request } = output.incoming
      const transaction = layer.accept(now, output.incoming)
      this.served.push(request.method)
      layer.respond(now, transaction, this.watcher.notify(now, request) ?? responseTo(request, 481))
    } else
      this.#answer(output, (id, response) => {
        if (response === undefined) this.watcher.failed(now, id as number)
        else this.watcher.receive(now, id as number, response)
      })
    this.#drain()
  }

  #notifierTakes(output: Output, { layer }: Element): void {
    const { now } = this.simulation
    if (output.kind === 'request') {
      const { request } = output.incoming
      const transaction = layer.accept(now, output.incoming)
      this.served.push(`${request.method} ${request.headers.raw('Expires')[0] ?? ''}`.trim())
      this.callIds.push(request.headers.get(CallId) ?? '')
      const status = this.intercept?.(request)
      const asked = this.challenge?.(request)
      if (asked) {
        const response = responseTo(request, 401, { toTag: 'x' })
        for (const value of asked) response.append(WwwAuthenticate, value)
        layer.respond(now, transaction, response)
      } else if (status !== undefined) layer.respond(now, transaction, responseTo(request, status, { toTag: 'x' }))
      else layer.respond(now, transaction, this.#serve(request))
    } else
      this.#answer(output, (id, response) => {
        if (response === undefined) this.notifier.failed(now, id as string)
        else {
          this.responses.push(response.status)
          this.notifier.receive(now, id as string, response)
        }
      })
    this.#drain()
  }

  #serve(request: SipRequest) {
    const taken = this.notifier.subscribe(this.simulation.now, request)
    if (taken.kind === 'answered') return taken.response
    const verdict = this.#options.decide?.(taken.offer) ?? 'active'
    if (typeof verdict === 'number') return this.notifier.refuse(taken.offer, verdict)
    const body = verdict === 'active' ? { body: bodyOf(this.state) } : {}
    const { response, id } = this.notifier.accept(this.simulation.now, taken.offer, { status: verdict, ...body })
    if (id !== undefined) this.ids.push(id)
    return response
  }

  #answer(output: Output, tell: (id: number | string, response: (Output & { kind: 'response' })['response'] | undefined) => void): void {
    if (output.kind !== 'response' && output.kind !== 'failed') return
    const transaction = output.transaction as ClientTransaction
    const id = this.#sent.get(transaction)
    if (id === undefined || (output.kind === 'response' && output.response.status < 200)) return
    this.#sent.delete(transaction)
    tell(id, output.kind === 'response' ? output.response : undefined)
  }

  #drain(): void {
    const { client, server, now } = this.simulation
    for (let output = this.watcher.poll(); output; output = this.watcher.poll()) {
      if (output.kind === 'send') this.#sent.set(client.layer.send(now, output.request, client.hop), output.id)
      else this.#tell(output)
    }
    for (let output = this.notifier.poll(); output; output = this.notifier.poll()) {
      if (output.kind === 'send') this.#sent.set(server.layer.send(now, output.request, server.hop), output.id)
      else this.ended.push(output.ending?.reason ?? 'lost')
    }
    this.simulation.drain()
    this.#schedule()
  }

  #schedule(): void {
    const { now } = this.simulation
    const at = Math.max(now, Math.min(this.watcher.nextWake, this.notifier.nextWake))
    if (at === Number.POSITIVE_INFINITY || (this.#wakeAt >= now && this.#wakeAt <= at)) return
    this.#wakeAt = at
    this.simulation.after(at - now, () => {
      this.#wakeAt = -1
      this.act(() => {
        this.watcher.wake(at)
        this.notifier.wake(at)
      })
    })
  }

  #tell(output: Exclude<ReturnType<Subscription['poll']>, undefined | { kind: 'send' }>): void {
    const seconds = Math.round(this.simulation.now / 1000)
    const { kind } = output
    if (kind === 'state') {
      if (output.body) this.known = output.body.text
      this.told.push([seconds, output.status, output.reason, output.body?.text].filter(part => part !== undefined).join(' '))
    } else {
      const wait = kind === 'waiting' ? output.retryInMs / 1000 : undefined
      this.told.push([seconds, kind, wait, output.status ?? output.reason].filter(part => part !== undefined).join(' '))
    }
  }
}

/** A subscription of a phone: the states as they come, until it is stopped or the notifier ends it. RFC 6665 §4.1. */

import type { MessageEdit, SipRequest } from '@strowger/sip-parser'
import { Subscription, type SubscriptionOptions, type SubscriptionOutput, type SubscriptionTools } from '@strowger/sip-ua/events'
import type { CoreOutput } from '../endpoint.ts'
import { Queue } from '../queue.ts'
import { type Ground, MachineDriver, type Sending } from './machine-driver.ts'

type Told = Exclude<SubscriptionOutput, Sending>

/** What a NOTIFY told; `body` is absent when the notifier knows nothing yet. */
export type HeardState = Omit<Extract<SubscriptionOutput, { readonly kind: 'state' }>, 'kind'>

/** How a subscription came to its end: the status of a refusal, or the reason that the last NOTIFY gave. */
export type SubscriptionEnd = Omit<Extract<SubscriptionOutput, { readonly kind: 'ended' }>, 'kind'>

/**
 * The states of `for await`: each NOTIFY, one after the other. It is refreshed, and made again when it failed, by itself. At most 100
 * states wait here; the oldest go first.
 */
export interface PhoneSubscription extends AsyncIterable<HeardState> {
  /** When there is none any more. Never rejects. */
  readonly ended: Promise<SubscriptionEnd>
  /** Unsubscribes; the last state comes before the end. */
  stop(): Promise<void>
}

export class LiveSubscription implements PhoneSubscription {
  readonly ended: Promise<SubscriptionEnd>
  readonly #machine: Subscription
  readonly #driver: MachineDriver<Told>
  readonly #states = new Queue<HeardState>(MOST_WAITING, 'forget the oldest')
  readonly #over: () => void
  #end!: (end: SubscriptionEnd) => void

  /** `over`: nothing will come for it any more. */
  constructor(ground: Ground, options: SubscriptionOptions, tools: SubscriptionTools, over: () => void) {
    const machine = new Subscription(options, tools)
    this.#machine = machine
    this.#over = over
    this.ended = new Promise(resolve => {
      this.#end = resolve
    })
    this.#driver = new MachineDriver<Told>(ground, {
      machine,
      tell: output => this.#tell(output),
      answered: (now, id, response) => (response === undefined ? machine.failed(now, id) : machine.receive(now, id, response)),
    })
  }

  /** For the phone. */
  start(): void {
    this.#driver.act(now => this.#machine.start(now))
  }

  async stop(): Promise<void> {
    this.#driver.act(now => this.#machine.stop(now))
    await this.ended
  }

  /** For the phone: true when it is about this subscription. */
  take(output: CoreOutput): boolean {
    return this.#driver.take(output)
  }

  /** For the phone: `respond` is called when the NOTIFY is about this subscription, before anything that follows from it. */
  notify(request: SipRequest, respond: (response: MessageEdit) => void): boolean {
    return this.#driver.act(now => {
      const response = this.#machine.notify(now, request)
      if (response !== undefined) respond(response)
      return response !== undefined
    })
  }

  /** For the phone, which closes. */
  close(): void {
    this.#finish({})
  }

  [Symbol.asyncIterator](): AsyncIterator<HeardState> {
    return this.#states[Symbol.asyncIterator]()
  }

  #tell(output: Told): void {
    if (output.kind === 'ended') {
      const { kind: _, ...end } = output
      this.#finish(end)
    } else if (output.kind === 'state') {
      const { kind: _, ...news } = output
      this.#states.push(news)
    }
  }

  #finish(end: SubscriptionEnd): void {
    this.#driver.close()
    this.#states.end()
    this.#end(end)
    this.#over()
  }
}

const MOST_WAITING = 100

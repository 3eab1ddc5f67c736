/** The subscriptions and publications of one phone. RFC 6665, RFC 3903. */
import type { Incoming } from '@strowger/sip-transaction'
import type { Account, EventName, StateBody } from '@strowger/sip-ua/events'
import { nodeRandom, nodeToken } from '@strowger/sip-ua/node'
import type { CoreOutput } from '../endpoint.ts'
import type { Ground } from './machine-driver.ts'
import { LivePublication, type PhonePublication } from './phone-publication.ts'
import { LiveSubscription, type PhoneSubscription } from './phone-subscription.ts'

/** What to hear of. RFC 6665 §4.1.2.1. */
export interface SubscribeOptions {
  /** The package: `presence`, `dialog`, `message-summary`; with an `id` where one dialog has several. */
  readonly event: string | EventName
  /** Media types we can read. Default: what the package says. */
  readonly accept?: readonly string[] | undefined
  /** Asked for; what is granted counts. Default 3600; 0 asks once for the state as it is. */
  readonly seconds?: number | undefined
}

/** What to publish. RFC 3903 §4.1. */
export interface PublishOptions {
  /** The package: `presence`. */
  readonly event: string | EventName
  /** Asked for; what is granted counts. Default 3600. */
  readonly seconds?: number | undefined
}

/** Who subscribes and publishes. */
interface Subscriber {
  readonly aor: string
  readonly contact: string
  readonly account: Account | undefined
}

export class PhoneEvents {
  readonly #ground: Ground
  readonly #who: Subscriber
  readonly #routes: () => readonly string[]
  readonly #subscriptions = new Set<LiveSubscription>()
  readonly #publications = new Set<LivePublication>()

  /** `routes`: Service-Route of our registrar. RFC 3608 §6.1. */
  constructor(ground: Ground, who: Subscriber, routes: () => readonly string[]) {
    this.#ground = ground
    this.#who = who
    this.#routes = routes
  }

  subscribe(target: string, { event, accept = [], seconds = 3600 }: SubscribeOptions): PhoneSubscription {
    const { aor: from, contact } = this.#who
    const subscription: LiveSubscription = new LiveSubscription(
      this.#ground,
      { target, from, contact, event: nameOf(event), accept, seconds, routes: this.#routes() },
      this.#tools(),
      () => this.#subscriptions.delete(subscription),
    )
    this.#subscriptions.add(subscription)
    subscription.start()
    return subscription
  }

  async publish(body: StateBody, { event, seconds }: PublishOptions): Promise<PhonePublication> {
    const { aor } = this.#who
    const options = { aor, event: nameOf(event), routes: this.#routes(), ...(seconds !== undefined && { seconds }) }
    const publication: LivePublication = new LivePublication(this.#ground, options, this.#tools(), () =>
      this.#publications.delete(publication),
    )
    this.#publications.add(publication)
    try {
      await publication.change(body)
    } catch (error) {
      publication.close()
      throw error
    }
    return publication
  }

  /** True when it is about one of them. */
  take(output: CoreOutput): boolean {
    if (output.kind === 'request') return this.#takeRequest(output.incoming)
    for (const each of this.#subscriptions) if (each.take(output)) return true
    for (const each of this.#publications) if (each.take(output)) return true
    return false
  }

  close(): void {
    for (const each of [...this.#subscriptions, ...this.#publications]) each.close()
  }

  #takeRequest(incoming: Incoming): boolean {
    if (incoming.request.method !== 'NOTIFY') return false
    const { layer } = this.#ground.endpoint
    const now = this.#ground.endpoint.now()
    for (const each of this.#subscriptions)
      if (each.notify(incoming.request, response => layer.respond(now, layer.accept(now, incoming), response))) return true
    return false
  }

  #tools(): { readonly token: () => string; readonly random: () => number; readonly account?: Account } {
    const { account } = this.#who
    return { token: nodeToken, random: nodeRandom, ...(account && { account }) }
  }
}

function nameOf(event: string | EventName): EventName {
  return typeof event === 'string' ? { type: event } : event
}

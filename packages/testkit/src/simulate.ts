/** A client and a server on a simulated network in simulated time: an hour of calls in milliseconds, the same for the same seed. */
import { parse, type SipRequest, type SipResponse } from '@strowger/sip-parser'
import { type ClientTransaction, type Hop, type Millis, type Output, type SendOptions, TransactionLayer } from '@strowger/sip-transaction'
import { Agenda } from './agenda.ts'
import { seededRandom, seededToken } from './random.ts'
import { ackTo, newCall } from './requests.ts'

/** The network between the two, and what each does. Times in milliseconds. */
export interface SimulationOptions {
  /** Of all chance in it: print it when a random test fails. */
  readonly seed: number
  /** Probability that a datagram is lost; 1 loses all. Default 0. Reliable transports lose nothing. */
  readonly loss?: number
  /** Probability that a datagram arrives twice. Default 0. */
  readonly duplicate?: number
  /** One way. Default 0. */
  readonly delayMs?: Millis
  /** Probability that a datagram is held back and overtaken. Default 0. */
  readonly reorder?: number
  /** Default `UDP`; over others nothing is lost, doubled or overtaken. */
  readonly transport?: Hop['transport']
  /** In milliseconds. Default: those of the layer, T1 500, T2 4000 and T4 5000. */
  readonly timers?: { readonly t1?: Millis; readonly t2?: Millis; readonly t4?: Millis }
  /** As of the layer: marks requests that came by two ways (RFC 3261 §8.2.2.2). Default false. */
  readonly findMerged?: boolean
  /** What the server does with its outputs; `answering` makes one. Default: nothing, so that requests go unanswered. */
  readonly server?: Core
  /** Default: ACK each 2xx to an INVITE (RFC 3261 §13.2.2.4). */
  readonly client?: Core
}

/** A transaction user: called with each output but `transmit`, in order. */
export type Core = (output: Output, element: Element, simulation: Simulation) => void

/** One of the two ends. */
export interface Element {
  /** Which of the two it is. */
  readonly name: 'client' | 'server'
  /** To be called with the simulation's `now`; then `drain` the simulation. */
  readonly layer: TransactionLayer
  /** Everything that ever came out of the layer. */
  readonly outputs: Output[]
  /** Its way to the other: 192.0.2.1:5060 is the client, 192.0.2.2:5060 the server. */
  readonly hop: Hop
  /** Draws a seeded token. */
  readonly token: () => string
}

/** Less than the 500 ms between the last retransmission and timer B or F, as RFC 3261 §17 takes for granted. */
const HELD_BACK_MS = 400

/** Two transaction layers and the way between them. RFC 3261 §17. */
export class Simulation {
  /** Where `invite` and `request` start. */
  readonly client: Element
  /** Who hears them. */
  readonly server: Element
  /** Milliseconds since the beginning. */
  now: Millis = 0
  /** While true, whatever is sent cannot be sent. */
  broken = false
  /** A datagram for which this is true is lost. */
  drop: (message: SipRequest | SipResponse) => boolean = () => false
  readonly #agenda = new Agenda()
  readonly #options: SimulationOptions
  readonly #random: () => number
  readonly #cores: Readonly<Record<Element['name'], Core>>

  constructor(options: SimulationOptions) {
    this.#options = options
    this.#random = seededRandom(options.seed)
    this.client = this.#element('client', '192.0.2.1', '192.0.2.2')
    this.server = this.#element('server', '192.0.2.2', '192.0.2.1')
    this.#cores = { client: options.client ?? acknowledging, server: options.server ?? (() => {}) }
  }

  /** Sends a new INVITE from the client. */
  invite(options?: SendOptions): ClientTransaction {
    return this.request('INVITE', options)
  }

  /** Sends a new request of any method from the client, outside dialogs. */
  request(method: string, options?: SendOptions): ClientTransaction {
    const { layer, hop, token } = this.client
    const transaction = layer.send(this.now, newCall(method, token), hop, options)
    this.drain()
    return transaction
  }

  /** Runs `act` after `ms`. */
  after(ms: Millis, act: () => void): void {
    this.#agenda.add(this.now + ms, act)
  }

  /** Lets time pass; everything due up to and including the last millisecond happens. */
  advance(ms: Millis): void {
    const until = this.now + ms
    for (let next = this.#next(); next <= until; next = this.#next()) {
      this.now = next
      this.#agenda.take(next)?.()
      for (const { layer } of [this.client, this.server]) if (layer.nextWake <= next) layer.wake(next)
      this.drain()
    }
    this.now = until
  }

  /** Performs what the layers want done, until they want nothing more. */
  drain(): void {
    for (let busy = true; busy; ) busy = [this.client, this.server].map(element => this.#drain(element)).includes(true)
  }

  /** Lets go of everything: what is still alive after this will never end. */
  settle(): { readonly client: number; readonly server: number; readonly timers: number } {
    this.advance(3_600_000)
    const [a, b] = [this.client.layer.counts(), this.server.layer.counts()]
    return { client: a.client + b.client, server: a.server + b.server, timers: a.timers + b.timers }
  }

  #next(): Millis {
    return Math.min(this.#agenda.next, this.client.layer.nextWake, this.server.layer.nextWake)
  }

  #drain(element: Element): boolean {
    let busy = false
    for (let output = element.layer.poll(); output !== undefined; output = element.layer.poll()) {
      busy = true
      element.outputs.push(output)
      if (output.kind === 'transmit') this.#transmit(element, output)
      else this.#cores[element.name](output, element, this)
    }
    return busy
  }

  #transmit(from: Element, { bytes, hop, transaction }: Output & { readonly kind: 'transmit' }): void {
    if (this.broken) {
      if (transaction !== undefined) from.layer.sendFailed(this.now, transaction)
      return
    }
    const to = from === this.client ? this.server : this.client
    const {
      loss = 0,
      duplicate = 0,
      reorder = 0,
      delayMs = 0,
    } = hop.transport === 'UDP' ? this.#options : { delayMs: this.#options.delayMs }
    const copies = this.#random() < duplicate ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      if (this.#random() < loss) continue
      const held = this.#random() < reorder ? this.#random() * HELD_BACK_MS : 0
      this.after(delayMs + held, () => this.#arrive(to, bytes))
    }
  }

  #arrive(at: Element, bytes: Uint8Array): void {
    const message = parse(bytes)
    if (message.kind === 'malformed') throw new Error(`a layer sent a malformed message: ${message.code} at ${message.offset}`)
    if (!this.drop(message)) at.layer.receive(this.now, message, at.hop)
  }

  #element(name: Element['name'], local: string, remote: string): Element {
    const { timers = {}, transport = 'UDP', findMerged = false } = this.#options
    const token = seededToken(this.#random)
    const layer = new TransactionLayer({ timers, token, tagOf: () => 'keyed-tag', findMerged })
    const hop: Hop = { transport, local: { address: local, port: 5060 }, remote: { address: remote, port: 5060 } }
    return { name, layer, outputs: [], hop, token }
  }
}

/** A new simulation at time 0. */
export function simulate(options: SimulationOptions): Simulation {
  return new Simulation(options)
}

function acknowledging(output: Output, element: Element): void {
  if (output.kind !== 'response' || output.response.status < 200 || output.response.status > 299) return
  const ack = ackTo(output.response)
  if (ack !== undefined) element.layer.sendStateless(ack, element.hop)
}

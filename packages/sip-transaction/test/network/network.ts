/** Many elements on one bad network in simulated time: loses, delays, duplicates, reorders, and is cut in two for a while. */
import { parse, type SipRequest, type SipResponse } from '@strowger/sip-parser'
import { seededRandom, seededToken } from '@strowger/testkit'
import { type Hop, type Output, TransactionLayer } from '../../src/index.ts'
import { WakeQueue } from '../../src/wake-queue.ts'

export interface Weather {
  readonly seed: number
  readonly loss: number
  readonly duplicate: number
  /** One way, between the two; whoever takes longer is overtaken. */
  readonly delayMs: readonly [least: number, most: number]
  /** From when to when nothing passes between the two elements. While it lasts, half of what is sent is reported as not sendable. */
  readonly cuts: readonly { readonly from: number; readonly until: number; readonly between: readonly [string, string] }[]
  readonly transport: Hop['transport']
}

/** A transaction user: called with each output but `transmit`. */
export type User = (output: Exclude<Output, { kind: 'transmit' }>, element: NetworkElement) => void

export class NetworkElement {
  readonly name: string
  readonly layer: TransactionLayer
  readonly token: () => string
  readonly network: Network
  user: User = () => {}

  constructor(name: string, network: Network) {
    this.name = name
    this.network = network
    this.token = seededToken(network.random)
    this.layer = new TransactionLayer({ token: this.token, tagOf: () => 'keyed' })
  }

  hopTo(other: string): Hop {
    return { transport: this.network.weather.transport, local: { address: this.name, port: 5060 }, remote: { address: other, port: 5060 } }
  }
}

export class Network {
  now = 0
  readonly weather: Weather
  readonly random: () => number
  /** Datagrams that arrived. */
  arrived = 0
  readonly #elements = new Map<string, NetworkElement>()
  readonly #agenda = new WakeQueue()
  readonly #acts: (() => void)[] = []
  readonly #unused: number[] = []

  constructor(weather: Weather) {
    this.weather = weather
    this.random = seededRandom(weather.seed)
  }

  add(name: string): NetworkElement {
    const element = new NetworkElement(name, this)
    this.#elements.set(name, element)
    return element
  }

  get elements(): readonly NetworkElement[] {
    return [...this.#elements.values()]
  }

  after(ms: number, act: () => void): void {
    const number = this.#unused.pop() ?? this.#acts.length
    this.#acts[number] = act
    this.#agenda.start(number, this.now + ms)
  }

  between(least: number, most: number): number {
    return least + this.random() * (most - least)
  }

  /** Until nothing is left to happen, at most for `ms`. */
  run(ms: number): void {
    const until = this.now + ms
    for (let next = this.#next(); next <= until && next !== Number.POSITIVE_INFINITY; next = this.#next()) {
      this.now = next
      const act = this.#agenda.take(next)
      if (act >= 0) {
        this.#unused.push(act)
        this.#acts[act]!()
      }
      for (const element of this.elements) {
        if (element.layer.nextWake <= next) element.layer.wake(next)
      }
      for (const element of this.elements) this.#drain(element)
    }
  }

  #next(): number {
    let next = this.#agenda.next
    for (const { layer } of this.#elements.values()) next = Math.min(next, layer.nextWake)
    return next
  }

  #drain(element: NetworkElement): void {
    for (let output = element.layer.poll(); output !== undefined; output = element.layer.poll()) {
      if (output.kind !== 'transmit') element.user(output, element)
      else if (!this.#send(element, output.hop, output.bytes) && output.transaction) element.layer.sendFailed(this.now, output.transaction)
    }
  }

  /** False when the sender learns that it cannot be sent. */
  #send(from: NetworkElement, hop: Hop, bytes: Uint8Array): boolean {
    const { loss, duplicate, delayMs, transport } = this.weather
    const to = this.#elements.get(hop.remote.address)!
    if (this.#isCut(from.name, to.name)) return transport === 'UDP' && this.random() < 0.5
    const copies = transport === 'UDP' && this.random() < duplicate ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      if (transport === 'UDP' && this.random() < loss) continue
      this.after(this.between(...delayMs), () => this.#arrive(from, to, bytes))
    }
    return true
  }

  #isCut(from: string, to: string): boolean {
    const { now } = this
    return this.weather.cuts.some(cut => cut.from <= now && now < cut.until && cut.between.includes(from) && cut.between.includes(to))
  }

  #arrive(from: NetworkElement, to: NetworkElement, bytes: Uint8Array): void {
    const message: SipRequest | SipResponse = read(bytes)
    this.arrived++
    to.layer.receive(this.now, message, to.hopTo(from.name))
  }
}

export function read(bytes: Uint8Array): SipRequest | SipResponse {
  const message = parse(bytes)
  if (message.kind === 'malformed') throw new Error(`a layer sent what does not parse: ${message.code} at ${message.offset}`)
  return message
}

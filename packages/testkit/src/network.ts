/** A simulated network of named parties in virtual time: latency, loss, doubling, reordering and partitions, the same for the same seed. */
import type { Address, Millis } from '@strowger/sip-transaction'
import { Agenda } from './agenda.ts'
import { addressText, type Datagram, type Exchange, type Party } from './party.ts'
import { seededRandom } from './random.ts'

/** How one way from a party to another is. Probabilities are 0 to 1; each is 0 by default. */
export interface LinkOptions {
  /** One way. */
  readonly delayMs?: Millis
  /** Up to so much more, drawn for each datagram. */
  readonly jitterMs?: Millis
  /** Probability that a datagram is lost. Default 0; 1 loses all. */
  readonly loss?: number
  /** Probability that a datagram arrives twice. Default 0. */
  readonly duplicate?: number
  /** How many are held back by up to 400 ms and overtaken. */
  readonly reorder?: number
}

/** What a network is like from the beginning. */
export interface NetworkOptions {
  /** Print it when a random test fails. Default 1. */
  readonly seed?: number
  /** Every way, unless `link` says otherwise. */
  readonly link?: LinkOptions
}

/** Named parties and the ways between them. `perform` makes one; make it yourself for partitions, single ways, or parties that have no end. */
export class Network {
  /** Milliseconds since the beginning. */
  now: Millis = 0
  /** Everything that was sent, in order. */
  readonly exchanges: Exchange[] = []
  /** A datagram for which this is true is lost. */
  drop: (bytes: Uint8Array, from: string, to: string) => boolean = () => false
  readonly #parties = new Map<string, { readonly party: Party; readonly address: Address }>()
  readonly #names = new Map<string, string>()
  readonly #links = new Map<string, LinkOptions>()
  readonly #cut = new Set<string>()
  readonly #agenda = new Agenda()
  readonly #random: () => number
  readonly #link: LinkOptions
  #started = false

  constructor({ seed = 1, link = {} }: NetworkOptions = {}) {
    this.#random = seededRandom(seed)
    this.#link = link
  }

  /** Puts a party on the network, by default at 192.0.2.N:5060; all begin at the first `advance` or `run`. */
  join(party: Party, address: Address = { address: `192.0.2.${this.#parties.size + 1}`, port: 5060 }): this {
    if (this.#started || this.#parties.has(party.name)) throw new TypeError(`"${party.name}" comes too late, or twice`)
    this.#parties.set(party.name, { party, address })
    this.#names.set(addressText(address), party.name)
    return this
  }

  /** How datagrams from one party to another fare; the way back is another. */
  link(from: string, to: string, options: LinkOptions): this {
    this.#links.set(`${from} ${to}`, options)
    return this
  }

  /** Nothing passes between these and those, either way, until `heal`. What is under way arrives. */
  partition(these: readonly string[], those: readonly string[]): this {
    for (const one of these) for (const other of those) this.#cut.add(`${one} ${other}`).add(`${other} ${one}`)
    return this
  }

  /** Ends all partitions. */
  heal(): this {
    this.#cut.clear()
    return this
  }

  /** Does `act` at that time: a partition, a check. */
  at(when: Millis, act: () => void): this {
    this.#agenda.add(when, act)
    return this
  }

  /** Lets time pass; everything due up to and including the last millisecond happens. */
  advance(ms: Millis): this {
    const until = this.now + ms
    this.#start()
    for (let next = this.#next(); next <= until; next = this.#next()) this.#step(next)
    this.now = until
    return this
  }

  /** Lets time pass until every script is at its end or one failed, at most `limitMs`. */
  run(limitMs: Millis = 3_600_000): this {
    const until = this.now + limitMs
    this.#start()
    for (let next = this.#next(); next <= until && this.#waits(); next = this.#next()) this.#step(next)
    return this
  }

  /** Those who joined, in that order. */
  get parties(): readonly Party[] {
    return [...this.#parties.values()].map(({ party }) => party)
  }

  /** Where a party is. Throws a TypeError for a name that nobody has. */
  addressOf(name: string): Address {
    const found = this.#parties.get(name)
    if (!found) throw new TypeError(`Nobody is called "${name}"; there are ${[...this.#parties.keys()].join(', ')}`)
    return found.address
  }

  #start(): void {
    if (this.#started) return
    this.#started = true
    for (const { party, address } of this.#parties.values()) {
      party.start(this.now, { address, addressOf: name => this.addressOf(name) })
      this.#collect(party, address)
    }
  }

  #waits(): boolean {
    const kinds = this.parties.map(({ outcome }) => outcome.kind)
    return kinds.includes('running') && !kinds.includes('failed')
  }

  #next(): Millis {
    return Math.min(this.#agenda.next, ...this.parties.map(({ nextWake }) => nextWake))
  }

  #step(at: Millis): void {
    this.now = Math.max(this.now, at)
    const act = this.#agenda.take(this.now)
    if (act) return act()
    for (const { party, address } of this.#parties.values()) {
      if (party.nextWake > this.now) continue
      party.wake(this.now)
      this.#collect(party, address)
    }
  }

  #collect(party: Party, address: Address): void {
    for (let datagram = party.poll(); datagram !== undefined; datagram = party.poll()) this.#transmit(party.name, address, datagram)
  }

  #transmit(from: string, source: Address, { to, bytes }: Datagram): void {
    const name = this.#names.get(addressText(to))
    const target = name ?? addressText(to)
    const link = this.#links.get(`${from} ${target}`) ?? this.#link
    const lost =
      name === undefined || this.#cut.has(`${from} ${target}`) || this.drop(bytes, from, target) || this.#random() < (link.loss ?? 0)
    const twice = !lost && this.#random() < (link.duplicate ?? 0)
    this.exchanges.push({ sentAt: this.now, from, to: target, bytes, fate: lost ? 'lost' : twice ? 'doubled' : 'sent' })
    if (lost) return
    for (let copy = twice ? 2 : 1; copy > 0; copy--) this.#agenda.add(this.now + this.#delay(link), () => this.#arrive(name, bytes, source))
  }

  #delay({ delayMs = 0, jitterMs = 0, reorder = 0 }: LinkOptions): Millis {
    const held = reorder > 0 && this.#random() < reorder ? this.#random() * HELD_BACK_MS : 0
    return delayMs + (jitterMs > 0 ? this.#random() * jitterMs : 0) + held
  }

  #arrive(name: string, bytes: Uint8Array, from: Address): void {
    const { party, address } = this.#parties.get(name)!
    party.receive(this.now, bytes, from)
    this.#collect(party, address)
  }
}

/** Less than the 500 ms between the last retransmission and timer B or F, as RFC 3261 §17 takes for granted. */
const HELD_BACK_MS = 400

/** The simulated network as one more transport: a program on a transaction layer, and raw peers, in memory. RFC 3261 §18. */
import type { Address, TransactionLayer } from '@strowger/sip-transaction'
import { type Datagram, LayerParty, Network, type Outcome, type Party } from '@strowger/testkit'
import type { CoreOutput } from '../src/index.ts'
import { Inbox } from './peers.ts'
import type { WayPeer } from './ways.ts'

/** What a message's clauses ask of a transport: an endpoint, or this. */
export interface Speaker {
  readonly layer: TransactionLayer
  now(): number
  drain(): void
  localFor(transport: 'UDP'): Address
}

/** Nobody joins a network that has begun: so many are there from the beginning. */
const PEERS = 48

export class Memory implements Speaker {
  readonly outputs = new Inbox<CoreOutput>()
  readonly #network = new Network()
  readonly #program: Kicked
  readonly #party: LayerParty
  readonly #peers = Array.from({ length: PEERS }, (_, i) => new MemoryPeer(`peer${i}`, () => this.#run()))
  #taken = 0

  constructor(react: (output: CoreOutput, speaker: Speaker) => void) {
    this.#party = new LayerParty({
      name: 'program',
      core: output => {
        if (output.kind === 'transmit') return
        this.outputs.push(output)
        react(output, this)
      },
    })
    this.#program = new Kicked(this.#party)
    for (const party of [this.#program, ...this.#peers]) this.#network.join(party)
    this.#network.advance(0)
    for (const peer of this.#peers) peer.program = this.localFor()
  }

  get layer(): TransactionLayer {
    return this.#party.layer
  }

  now(): number {
    return this.#network.now
  }

  drain(): void {
    this.#program.kicked = true
    this.#run()
  }

  localFor(): Address {
    return this.#network.addressOf('program')
  }

  /** One more peer: where it is, and what it hears and says. */
  next(): { readonly at: Address; readonly peer: WayPeer } {
    const peer = this.#peers[this.#taken++]!
    return { at: this.#network.addressOf(peer.name), peer }
  }

  /** Not at once: who sends is not in the middle of something then. */
  #run(): void {
    setImmediate(() => this.#network.advance(1))
  }
}

class MemoryPeer implements Party, WayPeer {
  readonly name: string
  readonly outcome: Outcome = { kind: 'serving' }
  readonly messages = new Inbox<string>()
  readonly closed = new Promise<void>(() => {})
  program: Address = { address: '', port: 0 }
  port = 0
  readonly #waiting: Uint8Array[] = []
  readonly #run: () => void

  constructor(name: string, run: () => void) {
    this.name = name
    this.#run = run
  }

  get nextWake(): number {
    return this.#waiting.length > 0 ? 0 : Number.POSITIVE_INFINITY
  }

  start(_now: number, { address }: { readonly address: Address }): void {
    this.port = address.port
  }

  receive(_now: number, bytes: Uint8Array): void {
    this.messages.push(Buffer.from(bytes).toString('latin1'))
  }

  wake(): void {}

  poll(): Datagram | undefined {
    const bytes = this.#waiting.shift()
    return bytes && { to: this.program, bytes }
  }

  send(text: string | Uint8Array): void {
    this.#waiting.push(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
    this.#run()
  }

  pause(): void {}

  close(): void {}
}

/** A layer that was used from outside is asked at once what it wants to send. */
class Kicked implements Party {
  kicked = false
  readonly #party: LayerParty

  constructor(party: LayerParty) {
    this.#party = party
  }

  get name(): string {
    return this.#party.name
  }

  get outcome(): Outcome {
    return this.#party.outcome
  }

  get nextWake(): number {
    return this.kicked ? 0 : this.#party.nextWake
  }

  start(now: number, place: Parameters<Party['start']>[1]): void {
    this.#party.start(now, place)
  }

  receive(now: number, bytes: Uint8Array, from: Address): void {
    this.#party.receive(now, bytes, from)
  }

  wake(now: number): void {
    this.kicked = false
    this.#party.wake(now)
  }

  poll(): Datagram | undefined {
    return this.#party.poll()
  }
}

/** Puts a program over a transaction layer on the network, to be called by scripted phones. RFC 3261 §17. */
import { parse } from '@strowger/sip-parser'
import { type Address, type Millis, type Output, TransactionLayer } from '@strowger/sip-transaction'
import type { Datagram, Outcome, Party, Place } from './party.ts'
import { seededRandom, seededToken } from './random.ts'

/** The program under test and its layer. */
export interface LayerPartyOptions {
  /** Unique on its network; heads its column in the ladder. */
  readonly name: string
  /** Called with each output of the layer but `transmit`, in order: the program under test. */
  readonly core: (output: Output, party: LayerParty) => void
  /** In milliseconds. Default: those of the layer, T1 500, T2 4000 and T4 5000. */
  readonly timers?: { readonly t1?: Millis; readonly t2?: Millis; readonly t4?: Millis }
  /** Default 1. */
  readonly seed?: number
}

/** Serves as long as the scripts of the others run. What is no message is not heard. */
export class LayerParty implements Party {
  /** That of its options. */
  readonly name: string
  /** Always `serving`: nobody waits for a program. */
  readonly outcome: Outcome = { kind: 'serving' }
  /** For the program: `layer.send(party.now, ...)`, `layer.accept(...)`. */
  readonly layer: TransactionLayer
  /** Draws a seeded token, for tags, branches and Call-IDs. */
  readonly token: () => string
  /** The time of the present call, in milliseconds since the beginning. */
  now: Millis = 0
  /** Where it is; known from `start` on. */
  place: Place | undefined
  readonly #core: LayerPartyOptions['core']

  constructor({ name, core, timers = {}, seed = 1 }: LayerPartyOptions) {
    this.name = name
    this.#core = core
    this.token = seededToken(seededRandom(seed))
    this.layer = new TransactionLayer({ timers, token: this.token, tagOf: () => 'keyed-tag' })
  }

  /** The layer's. */
  get nextWake(): Millis {
    return this.layer.nextWake
  }

  /** Keeps time and place; a program that begins by itself does so from `core` or a test's `at`. */
  start(now: Millis, place: Place): void {
    this.now = now
    this.place = place
  }

  /** Gives the layer what can be read, as come over UDP; the rest is dropped. */
  receive(now: Millis, bytes: Uint8Array, remote: Address): void {
    this.now = now
    const message = parse(bytes)
    if (message.kind !== 'malformed') this.layer.receive(now, message, { transport: 'UDP', local: this.place!.address, remote })
  }

  /** Wakes the layer. */
  wake(now: Millis): void {
    this.now = now
    this.layer.wake(now)
  }

  /** The next datagram of the layer; outputs on the way to it go to `core`. */
  poll(): Datagram | undefined {
    for (let output = this.layer.poll(); output !== undefined; output = this.layer.poll()) {
      if (output.kind === 'transmit') return { bytes: output.bytes, to: output.hop.remote }
      this.#core(output, this)
    }
    return undefined
  }
}

/** Puts a program over a transaction layer on the network, to be called by scripted phones. RFC 3261 §17. */
import { parse } from '@strowger/sip-parser'
import { type Address, type Millis, type Output, TransactionLayer } from '@strowger/sip-transaction'
import type { Datagram, Outcome, Party, Place } from './party.ts'
import { seededRandom, seededToken } from './random.ts'

/** The program under test and its layer. */
export interface LayerPartyOptions {
  readonly name: string
  /** Called with each output of the layer but `transmit`, in order: the program under test. */
  readonly core: (output: Output, party: LayerParty) => void
  readonly timers?: { readonly t1?: Millis; readonly t2?: Millis; readonly t4?: Millis }
  /** Default 1. */
  readonly seed?: number
}

/** Serves as long as the scripts of the others run. What is no message is not heard. */
export class LayerParty implements Party {
  readonly name: string
  readonly outcome: Outcome = { kind: 'serving' }
  readonly layer: TransactionLayer
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

  get nextWake(): Millis {
    return this.layer.nextWake
  }

  start(now: Millis, place: Place): void {
    this.now = now
    this.place = place
  }

  receive(now: Millis, bytes: Uint8Array, remote: Address): void {
    this.now = now
    const message = parse(bytes)
    if (message.kind !== 'malformed') this.layer.receive(now, message, { transport: 'UDP', local: this.place!.address, remote })
  }

  wake(now: Millis): void {
    this.now = now
    this.layer.wake(now)
  }

  poll(): Datagram | undefined {
    for (let output = this.layer.poll(); output !== undefined; output = this.layer.poll()) {
      if (output.kind === 'transmit') return { bytes: output.bytes, to: output.hop.remote }
      this.#core(output, this)
    }
    return undefined
  }
}

/** The STUN requests of an endpoint, by its UDP sockets and its clock. RFC 5626 §4.4.2. */
import { randomBytes } from 'node:crypto'
import type { Address, Hop, Millis } from '@strowger/sip-transaction'
import { StunClient } from './stun-client.ts'
import type { UdpFlow } from './udp-flow.ts'
import { WakeTimer } from './wake-timer.ts'

export class UdpProbes {
  readonly #clock: () => Millis
  readonly #client: StunClient
  readonly #timer: WakeTimer

  /** `rtoMs`: the first wait for an answer. RFC 8489 §6.2.1. */
  constructor(clock: () => Millis, rtoMs: number) {
    this.#clock = clock
    this.#client = new StunClient(rtoMs, randomBytes)
    this.#timer = new WakeTimer(clock, () => this.#wake())
  }

  /** `undefined`: the far end does not answer, or refuses; so does who has no socket that leads there. */
  ask(flow: UdpFlow | undefined, hop: Hop): Promise<Address | undefined> {
    return new Promise(resolve => {
      if (flow === undefined) return resolve(undefined)
      this.#client.ask(this.#clock(), bytes => flow.sendNow(bytes, hop), resolve)
      this.#timer.set(this.#client.nextWake)
    })
  }

  /** True when it was an answer to one of ours. */
  take(bytes: Uint8Array): boolean {
    return this.#client.take(bytes)
  }

  close(): void {
    this.#timer.stop()
    this.#client.close()
  }

  #wake(): void {
    this.#client.wake(this.#clock())
    this.#timer.set(this.#client.nextWake)
  }
}

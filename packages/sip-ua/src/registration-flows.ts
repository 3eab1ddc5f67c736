/** One phone registered over several flows, so that the loss of an edge loses no call. RFC 5626 §4.2, §4.5. */
import type { SipResponse } from '@strowger/sip-parser'
import { Registration } from './registration.ts'
import type { RegistrationOptions, RegistrationOutput } from './registration-options.ts'
import type { SavedRegistration } from './registration-saved.ts'

/** Those of a registration, once for all flows, and the edges they go over. RFC 5626 §4.2. */
export interface FlowRegistrationsOptions extends Omit<RegistrationOptions, 'outbound' | 'routes'> {
  /** A URN that never changes, `urn:uuid:...`. RFC 5626 §4.1. */
  readonly instance: string
  /** The routes of each flow, its edge proxy first; the position, from 1, is its reg-id. RFC 5626 §4.2. */
  readonly edges: readonly (readonly string[])[]
}

/** With the reg-id of the flow it belongs to: send and keep alive over that flow. */
export type FlowOutput = RegistrationOutput & { readonly regId: number }

/** Used as a `Registration`; what comes over a flow is told with its reg-id. One that is not ours is a `TypeError`. */
export class FlowRegistrations {
  readonly #flows: readonly Registration[]

  constructor(options: FlowRegistrationsOptions, restored?: readonly Registration[]) {
    this.#flows = restored ?? options.edges.map((_, i) => new Registration(flowOptions(options, i)))
  }

  /** As `Registration.restore`; `saved` is in the order of `edges`. */
  static restore(options: FlowRegistrationsOptions, now: number, saved: readonly SavedRegistration[]): FlowRegistrations {
    const flows = options.edges.map((_, i) => {
      const one = saved[i]
      return one ? Registration.restore(flowOptions(options, i), now, one) : new Registration(flowOptions(options, i))
    })
    return new FlowRegistrations(options, flows)
  }

  /** JSON, in the order of `edges`; outputs not polled yet are lost. */
  save(now: number): readonly SavedRegistration[] {
    return this.#flows.map(flow => flow.save(now))
  }

  /** Registers over every flow, now. RFC 5626 §4.2. */
  start(now: number): void {
    for (const flow of this.#flows) flow.start(now)
  }

  /** Removes the binding of every flow. RFC 3261 §10.2.2. */
  stop(now: number): void {
    for (const flow of this.#flows) flow.stop(now)
  }

  /** The response to the last REGISTER of this flow. RFC 3261 §10.2. */
  receive(now: number, regId: number, response: SipResponse): void {
    this.#flow(now, regId).receive(now, response)
  }

  /** The last REGISTER of this flow got no answer. RFC 3261 §8.1.3.1. */
  failed(now: number, regId: number): void {
    this.#flow(now, regId).failed(now)
  }

  /** This flow is gone: its connection closed, or a keep-alive was not answered. RFC 5626 §4.4, §4.5. */
  flowLost(now: number, regId: number): void {
    this.#flow(now, regId).flowLost(now)
  }

  /** What is due at `now`, of any flow. */
  wake(now: number): void {
    for (const flow of this.#flows) flow.wake(now)
  }

  /** The earliest of all flows; `Infinity` when no timer is running. */
  get nextWake(): number {
    return Math.min(...this.#flows.map(flow => flow.nextWake))
  }

  /** Over any flow. */
  isRegistered(now: number): boolean {
    return this.#flows.some(flow => flow.isRegistered(now))
  }

  /** The next thing to do or know, of any flow, until `undefined`. */
  poll(): FlowOutput | undefined {
    for (const [i, flow] of this.#flows.entries()) {
      const output = flow.poll()
      if (output) return { ...output, regId: i + 1 }
    }
    return undefined
  }

  /** The flow, told how the others are: its back-off depends on it. */
  #flow(now: number, regId: number): Registration {
    const flow = this.#flows[regId - 1]
    if (!flow) throw new TypeError(`There are flows 1 to ${this.#flows.length}, none is ${regId}`)
    flow.othersStand(this.#flows.some(other => other !== flow && other.state !== 'waiting' && other.isRegistered(now)))
    return flow
  }
}

function flowOptions({ instance, edges, ...options }: FlowRegistrationsOptions, i: number): RegistrationOptions {
  return { ...options, routes: edges[i] ?? [], outbound: { instance, regId: i + 1 } }
}

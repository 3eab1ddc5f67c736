/** The registrar of an edge: a binding says by which of its flows the phone is reached. RFC 3261 §10, RFC 5626 §5. */

import type { SipRequest } from '@strowger/sip-parser'
import { Registrar as Location, type RegistrarLimits } from '@strowger/sip-ua/registrar'
import { isBehindNat } from '../core/forward.ts'
import { flowOf, readFlowToken, writeFlowToken } from '../core/route-token.ts'
import { routeUri } from '../core/route-value.ts'
import type { Context, Policy, Reply, Target } from '../core/step.ts'
import type { Binding } from './binding.ts'

/** Where bindings are kept over a restart. Writes follow behind: no REGISTER waits for a disk. */
export interface BindingStore {
  load(): Promise<readonly Binding[]>
  save(aor: string, before: readonly Binding[], after: readonly Binding[]): void
}

/** Signs and reads the user part of our own Path value. */
export interface FlowSigner {
  sign(text: string): string
  verify(token: string): string | undefined
}

/** How often a phone shall be heard whose flow is kept. RFC 5626 §5.4. */
export interface FlowLimits {
  /** Seconds; over UDP at most 29, since a NAT forgets sooner. */
  readonly flowTimerSeconds: number
}

export class Registrar {
  readonly #location: Location
  readonly #store: BindingStore
  readonly #signer: FlowSigner

  constructor(limits: RegistrarLimits & FlowLimits, store: BindingStore, signer: FlowSigner) {
    this.#location = new Location({
      limits,
      changed: (aor, before, after) => store.save(aor, before, after),
      outboundLines: edge => (edge === undefined ? [] : outboundLines(edge, limits)),
    })
    this.#store = store
    this.#signer = signer
  }

  /** Contacts registered, those that ran out since the last sweep included. */
  get count(): number {
    return this.#location.bindings.count
  }

  async load(wall: number): Promise<void> {
    this.#location.load(await this.#store.load(), wall)
  }

  bind(context: Context, aor: string, policy: Policy, wall: number): Reply {
    return this.register(context.request, aor, edgeOf(context, policy, this.#signer), wall)
  }

  /** `edge`: of {@link edgeOf}, where the request came by. */
  register(request: SipRequest, aor: string, edge: string, wall: number): Reply {
    return this.#location.register(request, aor, wall, edge)
  }

  locate(aor: string, wall: number): readonly Target[] {
    const targets = this.#location.of(aor, wall).map(b => this.#targetOf(b))
    return targets.filter((t): t is Target => t !== undefined).sort((a, b) => (b.q ?? 1) - (a.q ?? 1))
  }

  sweep(wall: number): void {
    this.#location.sweep(wall)
  }

  #targetOf(binding: Binding): Target | undefined {
    const [edge, ...route] = binding.path
    const token = edge === undefined ? undefined : routeUri(edge)?.user
    const text = token === undefined ? undefined : this.#signer.verify(token)
    const flow = text === undefined ? undefined : readFlowToken(text)
    return flow && { uri: binding.contact, flow, side: 'outside', route, q: binding.q ?? 1 }
  }
}

/** Our own Path value: this edge and the flow the REGISTER came over (RFC 5626 §5.2). */
export function edgeOf(context: Context, policy: Policy, signer: FlowSigner): string {
  const { from } = context
  const own = policy.own.find(o => o.transport === from.transport) ?? policy.own[0]!
  const token = signer.sign(writeFlowToken(flowOf(from, policy.boot, isBehindNat(context))))
  const transport = from.transport === 'UDP' ? '' : `;transport=${from.transport.toLowerCase()}`
  return `<sip:${token}@${own.address}:${own.port}${transport};lr>`
}

/**
 * How often its keep-alives shall come, and that what it begins shall come to this edge, which has its flow. RFC 5626 §4.4, §5.4, RFC 3608 §6.3.
 */
function outboundLines(edge: string, { flowTimerSeconds }: FlowLimits): readonly (readonly [string, string])[] {
  const seconds = edge.includes(';transport=') ? flowTimerSeconds : Math.min(flowTimerSeconds, DATAGRAM_SECONDS)
  return [
    ['Flow-Timer', `${seconds}`],
    ['Service-Route', edge.replace(TOKEN, '<sip:')],
  ]
}

/** RFC 5626 §4.4.2: 24 to 29 s. */
const DATAGRAM_SECONDS = 29
/** Which flow it is the edge sees by itself. */
const TOKEN = /^<sip:[^@]*@/

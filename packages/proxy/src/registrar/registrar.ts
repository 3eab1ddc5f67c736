/** The registrar: bindings in memory, written down behind, read back at start. RFC 3261 §10. */

import type { SipRequest } from '@strowger/sip-parser'
import { isBehindNat } from '../core/forward.ts'
import { flowOf, readFlowToken, writeFlowToken } from '../core/route-token.ts'
import { routeUri } from '../core/route-value.ts'
import type { Context, Policy, Reply, Target } from '../core/step.ts'
import type { Binding } from './binding.ts'
import { Bindings } from './bindings.ts'
import { type RegistrarLimits, register } from './register.ts'

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

export class Registrar {
  readonly bindings: Bindings = new Bindings()
  readonly #limits: RegistrarLimits
  readonly #store: BindingStore
  readonly #signer: FlowSigner

  constructor(limits: RegistrarLimits, store: BindingStore, signer: FlowSigner) {
    this.#limits = limits
    this.#store = store
    this.#signer = signer
  }

  async load(wall: number): Promise<void> {
    const byAor = new Map<string, Binding[]>()
    for (const binding of await this.#store.load()) {
      if (binding.expiresAt <= wall) continue
      const known = byAor.get(binding.aor)
      if (known) known.push(binding)
      else byAor.set(binding.aor, [binding])
    }
    for (const [aor, bindings] of byAor) this.bindings.set(aor, bindings)
  }

  bind(context: Context, aor: string, policy: Policy, wall: number): Reply {
    return this.register(context.request, aor, edgeOf(context, policy, this.#signer), wall)
  }

  /** `edge`: of {@link edgeOf}, where the request came by. */
  register(request: SipRequest, aor: string, edge: string, wall: number): Reply {
    const before = this.bindings.of(aor, wall)
    const { reply, bindings } = register(request, aor, before, edge, this.#limits, wall)
    if (bindings !== before) {
      // What has run out goes from the store with what was removed.
      const all = this.bindings.all(aor)
      this.bindings.set(aor, bindings)
      this.#store.save(aor, all, bindings)
    }
    return reply
  }

  locate(aor: string, wall: number): readonly Target[] {
    const targets = this.bindings.of(aor, wall).map(b => this.#targetOf(b))
    return targets.filter((t): t is Target => t !== undefined).sort((a, b) => (b.q ?? 1) - (a.q ?? 1))
  }

  sweep(wall: number): void {
    const gone = new Map<string, Binding[]>()
    for (const binding of this.bindings.sweep(wall)) gone.set(binding.aor, [...(gone.get(binding.aor) ?? []), binding])
    for (const [aor, dead] of gone) this.#store.save(aor, dead, [])
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

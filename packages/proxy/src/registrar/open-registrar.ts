/** The registrar over the store: what it knew, what it writes down, what it forgets. RFC 3261 §10.3. */
import { type RoleContext, signToken, verifyToken, wall } from '@strowger/runtime'
import { bindingKey, type Store } from '@strowger/store'
import { type BindingStore, type FlowSigner, Registrar } from './registrar.ts'

/** `close` before the store. */
export async function openRegistrar(context: RoleContext, store: Store): Promise<{ readonly registrar: Registrar; close(): void }> {
  const { config, metrics } = context
  const registrar = new Registrar(config.registrar, bindingStore(store), flowSigner(context))
  await registrar.load(wall())
  const sweeper = setInterval(() => registrar.sweep(wall()), SWEEP_MS)
  sweeper.unref()
  metrics.gauge('strowger_registered_contacts', 'Contacts registered', () => registrar.count)
  metrics.gauge('strowger_bindings_pending', 'Bindings not yet written down', () => store.bindings.pending)
  return { registrar, close: () => clearInterval(sweeper) }
}

/** With the keys of the installation: every edge of it reads what another has signed. */
export function flowSigner({ keys }: Pick<RoleContext, 'keys'>): FlowSigner {
  return { sign: text => signToken(text, keys), verify: token => verifyToken(token, keys) }
}

/** How often bindings that ran out are forgotten; until then they are not used. */
const SWEEP_MS = 10_000

function bindingStore(store: Store): BindingStore {
  return {
    load: () => store.bindings.load(wall()),
    save: (aor, before, after) => {
      const kept = new Set(after.map(bindingKey))
      for (const binding of before) if (!kept.has(bindingKey(binding))) store.bindings.remove(aor, bindingKey(binding))
      for (const binding of after) if (!before.includes(binding)) store.bindings.upsert(binding)
    },
  }
}

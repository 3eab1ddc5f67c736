/** The users' proxy as a process: everything phones talk to, and the registrar. */
import { type Config, type RoleContext, type Running, signToken, verifyToken, wall } from '@strowger/runtime'
import { bindingKey, openStore, type Store } from '@strowger/store'
import type { ProxyOutput } from './core/proxied.ts'
import type { Answers, Policy } from './core/step.ts'
import { startProxy } from './daemon.ts'
import { makePolicy } from './policy.ts'
import { type BindingStore, Registrar } from './registrar/registrar.ts'
import { storeDirectory } from './store-directory.ts'
import { usersProxy } from './users-proxy.ts'

export async function startUsersProxy(config: Config, context: RoleContext): Promise<Running> {
  const store = await openStore(config, { onError: error => context.log.error({ err: error }, 'store') })
  const { current } = await store.configuration()
  const directory = storeDirectory(current)
  const signer = { sign: (text: string) => signToken(text, context.keys), verify: (token: string) => verifyToken(token, context.keys) }
  const registrar = new Registrar(config.registrar, bindingStore(store), signer)
  await registrar.load(wall())
  const sweeper = setInterval(() => registrar.sweep(wall()), SWEEP_MS)
  sweeper.unref()
  context.metrics.gauge('strowger_registered_contacts', 'Contacts registered', () => registrar.bindings.count)
  context.metrics.gauge('strowger_bindings_pending', 'Bindings not yet written down', () => store.bindings.pending)
  return startProxy({
    context,
    ports: config.usersProxy,
    lists: usersProxy,
    makePolicy: live =>
      makePolicy({
        ...live,
        role: 'users-proxy',
        appserver: { address: config.appserver.address, port: config.appserver.udp },
        keys: context.keys,
        nonceSeconds: config.registrar.nonceSeconds,
        directory,
      }),
    lookUp: (output, policy) => lookUp(output, policy),
    close: async () => {
      clearInterval(sweeper)
      await store.close()
    },
    health: () => ({ contacts: registrar.bindings.count }),
  })

  function lookUp({ effect, context: of }: ProxyOutput & { kind: 'perform' }, policy: Policy): Answers {
    switch (effect.ask) {
      case 'credentials':
        return { credentials: directory.credentials(effect.username, effect.domain) }
      case 'location':
        return { location: registrar.locate(effect.aor, wall()) }
      case 'bind':
        return { bind: registrar.bind(of, effect.aor, policy, wall()) }
      default:
        return {}
    }
  }
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

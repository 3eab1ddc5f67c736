/** The users' proxy as a process: everything phones talk to, and the registrar. */
import { randomBytes } from 'node:crypto'
import { type Config, type QuestionPort, type RoleContext, type Running, type ThreadData, wall } from '@strowger/runtime'
import { openStore, type Store } from '@strowger/store'
import { openBans } from './brute-force/open-bans.ts'
import type { ProxyOutput } from './core/proxied.ts'
import type { Answers, Policy } from './core/step.ts'
import { type ProxyDaemonOptions, startProxy } from './daemon.ts'
import type { Directory } from './directory.ts'
import { makePolicy, type PolicyOptions } from './policy.ts'
import { flowSigner, openRegistrar } from './registrar/open-registrar.ts'
import { storeDirectory } from './store-directory.ts'
import { usersProxy } from './users-proxy.ts'
import { Desk } from './workers/desk.ts'
import { DeskLookUp } from './workers/desk-look-up.ts'
import { proxyWorkerOf } from './workers/proxy-worker.ts'
import { startWorkers } from './workers/start-workers.ts'
import type { WorkerInit } from './workers/worker-init.ts'

export async function startUsersProxy(config: Config, context: RoleContext): Promise<Running> {
  const store = await openUsersStore(config, context)
  const { registrar, close: closeRegistrar } = await openRegistrar(context, store)
  const close = async (): Promise<void> => {
    closeRegistrar()
    await store.close()
  }
  const health = (): object => ({ contacts: registrar.count })
  const bans = openBans(config, context)
  const { workers } = config.usersProxy
  if (workers > 1) {
    const nonceKey = randomBytes(32)
    const desk = new Desk({ registrar, nonceKey, nonceSeconds: config.registrar.nonceSeconds, bans, wall })
    return startWorkers({
      context,
      workers,
      nonceKey,
      close,
      health,
      ports: config.usersProxy,
      entry: new URL('./workers/users-worker.js', import.meta.url),
      answer: question => desk.answer(question),
    })
  }
  const { current } = await store.configuration()
  const directory = storeDirectory(current)
  return startProxy(daemonOptions(config, context, { directory, bans }, { close, health, lookUp }))

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

/** In a thread of its own, one of several: the main one keeps the bindings, and counts the uses of nonces. */
export async function startUsersWorker(data: ThreadData<WorkerInit>, context: RoleContext, main: QuestionPort): Promise<Running> {
  const { config, worker, init } = data
  const store = await openUsersStore(config, context)
  const { current } = await store.configuration()
  const directory = storeDirectory(current)
  const { boot, nonceKey } = init
  const { nonceSeconds } = config.registrar
  const desk = new DeskLookUp({
    ask: question => main.ask(question),
    directory,
    signer: flowSigner(context),
    boot,
    worker,
    nonceKey,
    nonceSeconds,
  })
  return startProxy(
    daemonOptions(
      config,
      context,
      { directory, boot, digest: desk.digest },
      { worker: proxyWorkerOf(data), close: () => store.close(), lookUp: (output, policy) => desk.lookUp(output, policy) },
    ),
  )
}

function openUsersStore(config: Config, context: RoleContext): Promise<Store> {
  return openStore(config, { onError: error => context.log.error({ err: error }, 'store') })
}

function daemonOptions(
  config: Config,
  context: RoleContext,
  own: Pick<PolicyOptions, 'boot' | 'digest' | 'bans'> & { readonly directory: Directory },
  more: Pick<ProxyDaemonOptions, 'lookUp' | 'close' | 'health' | 'worker'>,
): ProxyDaemonOptions {
  return {
    ...more,
    context,
    ports: config.usersProxy,
    lists: usersProxy,
    makePolicy: live =>
      makePolicy({
        ...live,
        ...own,
        role: 'users-proxy',
        appserver: { address: config.appserver.address, port: config.appserver.udp },
        keys: context.keys,
        nonceSeconds: config.registrar.nonceSeconds,
        nextPhonesSeconds: config.usersProxy.nextPhonesSeconds,
      }),
  }
}

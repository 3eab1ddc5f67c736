/** The trunks' proxy as a process: everything carriers talk to. */
import type { Config, RoleContext, Running } from '@strowger/runtime'
import { openStore } from '@strowger/store'
import { startProxy } from './daemon.ts'
import { makePolicy } from './policy.ts'
import { storeDirectory } from './store-directory.ts'
import { trunksProxy } from './trunks-proxy.ts'

export async function startTrunksProxy(config: Config, context: RoleContext): Promise<Running> {
  const store = await openStore(config, { onError: error => context.log.error({ err: error }, 'store') })
  const { current } = await store.configuration()
  return startProxy({
    context,
    ports: config.trunksProxy,
    lists: trunksProxy,
    makePolicy: live =>
      makePolicy({
        ...live,
        role: 'trunks-proxy',
        appserver: { address: config.appserver.address, port: config.appserver.udp },
        keys: context.keys,
        nonceSeconds: config.registrar.nonceSeconds,
        directory: storeDirectory(current),
      }),
    lookUp: () => ({}),
    close: () => store.close(),
  })
}

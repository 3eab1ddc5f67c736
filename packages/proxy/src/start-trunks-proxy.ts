/** The trunks' proxy as a process: everything carriers talk to. */
import { randomBytes } from 'node:crypto'
import type { Config, RoleContext, Running, ThreadData } from '@strowger/runtime'
import { openStore } from '@strowger/store'
import { type ProxyWorker, startProxy } from './daemon.ts'
import { makePolicy } from './policy.ts'
import { storeDirectory } from './store-directory.ts'
import { trunksProxy } from './trunks-proxy.ts'
import { proxyWorkerOf } from './workers/proxy-worker.ts'
import { startWorkers } from './workers/start-workers.ts'
import type { WorkerInit } from './workers/worker-init.ts'

export function startTrunksProxy(config: Config, context: RoleContext): Promise<Running> {
  const { workers } = config.trunksProxy
  if (workers === 1) return start(config, context)
  return startWorkers({
    context,
    workers,
    ports: config.trunksProxy,
    entry: new URL('./workers/trunks-worker.js', import.meta.url),
    nonceKey: randomBytes(32),
    answer: () => undefined,
    close: async () => {},
  })
}

/** In a thread of its own, one of several. */
export function startTrunksWorker(data: ThreadData<WorkerInit>, context: RoleContext): Promise<Running> {
  return start(data.config, context, { worker: proxyWorkerOf(data), boot: data.init.boot })
}

async function start(
  config: Config,
  context: RoleContext,
  { worker, boot }: { readonly worker?: ProxyWorker; readonly boot?: string } = {},
): Promise<Running> {
  const store = await openStore(config, { onError: error => context.log.error({ err: error }, 'store') })
  const { current } = await store.configuration()
  return startProxy({
    context,
    worker,
    ports: config.trunksProxy,
    clientCertificate: config.trunksProxy.clientCertificate,
    alias: config.trunksProxy.alias,
    lists: trunksProxy,
    makePolicy: live =>
      makePolicy({
        ...live,
        boot,
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

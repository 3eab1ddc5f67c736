/** What every worker of a proxy is started with: its seat among the others, and the timers that go with it. RFC 3261 §17. */
import type { ThreadData } from '@strowger/runtime'
import type { ProxyWorker } from '../daemon.ts'
import type { WorkerInit } from './worker-init.ts'

export function proxyWorkerOf({ worker, init, config }: ThreadData<WorkerInit>): ProxyWorker {
  const { t1, leastD } = config.sip
  const lingerMs = Math.max(64 * t1, leastD)
  return {
    // Timer C, RFC 3261 §16.6 step 11, is three minutes: 360 times T1.
    seat: { worker, port: init.port, lingerMs, flowQuietMs: 360 * t1 },
    listen: init.listen,
    left: init.left,
    tagKey: init.tagKey,
    workers: init.workers,
  }
}

/**
 * The same proxy in several threads on one port: a call belongs to the thread that its Call-ID says.
 * Run: `node working-proxy.ts 127.0.0.1:5060 127.0.0.1:5070 SHARE_WAKE_UPS_US WORKERS`.
 */
import { isMainThread, type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads'
import { Crew, type ListenAddress, shareListeners, type WorkerId } from '@strowger/sip-transport'
import { addressIn, openProxy } from './record-routing-proxy.ts'

interface Work {
  readonly worker: WorkerId
  readonly port: MessagePort
  readonly sockets: readonly [ListenAddress, ...ListenAddress[]]
  readonly tagKey: Uint8Array
}

const [listenText, nextHopText, share, workers] = process.argv.slice(2)
const listen = addressIn(listenText)

async function direct(): Promise<void> {
  const shared = await shareListeners([{ transport: 'UDP', ...listen }])
  const tagKey = new Uint8Array(32).fill(1)
  const threads = new Map<WorkerId, Worker>()
  const crew = new Crew({
    start: (worker, _place, port) => {
      const work: Work = { worker, port, sockets: shared.listen, tagKey }
      const thread = new Worker(new URL(import.meta.url), { workerData: work, transferList: [port], argv: process.argv.slice(2) })
      thread.on('message', () => crew.ready(worker))
      threads.set(worker, thread)
    },
    left: worker => void threads.get(worker)?.terminate(),
  })
  for (let place = 1; place <= Number(workers); place++) crew.start(place)
  process.once('SIGTERM', () => process.exit(0))
}

async function serve({ worker, port, sockets, tagKey }: Work): Promise<void> {
  const options = { listen, nextHop: addressIn(nextHopText), shareWakeUpsUs: Number(share) }
  await openProxy({ ...options, seat: { worker: { worker, port }, listen: sockets, tagKey } })
  parentPort?.postMessage('ready')
}

await (isMainThread ? direct() : serve(workerData))

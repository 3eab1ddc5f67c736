/** `node relay-daemon.ts ADDRESS NG_PORT SHARE_WAKE_UPS_US THREADS`: the media role by itself, one call's worth of log at most. */
import { configFrom, createMetrics, log } from '@strowger/runtime'
import { startMedia } from '../../packages/rtp-relay/dist/daemon.js'
import { PORTS } from './ports.ts'

const [address = '127.0.0.1', ng = '2223', shareWakeUpsUs = '0', threads = '1'] = process.argv.slice(2)
const config = configFrom({
  listen: address,
  media: {
    ng: { address, port: Number(ng) },
    ports: PORTS,
    threads: Number(threads),
    shareWakeUpsUs: Number(shareWakeUpsUs),
    silenceSeconds: 0,
  },
})
await startMedia(config, {
  metrics: createMetrics(false),
  log: log('media', { level: 'error', pretty: false, write: line => process.stderr.write(line) }),
})

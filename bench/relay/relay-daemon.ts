/** `node relay-daemon.ts ADDRESS DATA MEDIA`: the media role by itself, one call's worth of log at most; MEDIA is JSON, of the configuration's `media`. Ends at once where it was to leave packets to the kernel and cannot. */
import { configFrom, createMetrics, log } from '@strowger/runtime'
import { startMedia } from '../../packages/rtp-relay/dist/daemon.js'
import { NG_PORT, PORTS } from './ports.ts'

const [address = '127.0.0.1', data, media = '{}'] = process.argv.slice(2)
const wanted = JSON.parse(media)
const config = configFrom({
  listen: address,
  data,
  media: { ng: { address, port: NG_PORT }, ports: PORTS, threads: 1, silenceSeconds: 0, ...wanted },
})
const { board, stop } = await startMedia(config, {
  metrics: createMetrics(false),
  log: log('media', { level: 'error', pretty: false, write: line => process.stderr.write(line) }),
})
if (wanted.fastPath === 'auto' && board.relay.fastPathTrouble !== '') {
  console.error(board.relay.fastPathTrouble)
  process.exit(1)
}
process.once('SIGTERM', () => void stop().then(() => process.exit()))

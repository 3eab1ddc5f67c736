/**
 * `node relay-daemon.mjs CONFIG`: the media role by itself, one call's worth of log at most; CONFIG is JSON. Ends at once where it was to leave packets to the kernel and cannot.
 * Plain JavaScript: what loads TypeScript would be one more thread with a heap of its own on the relay's core.
 */
import { configFrom, createMetrics, log } from '@strowger/runtime'
import { startMedia } from '../../packages/rtp-relay/dist/daemon.js'

const config = JSON.parse(process.argv[2])
const { board, stop } = await startMedia(configFrom(config), {
  metrics: createMetrics(false),
  log: log('media', { level: 'error', pretty: false, write: line => process.stderr.write(line) }),
})
if (config.media.fastPath === 'auto' && board.relay.fastPathTrouble !== '') {
  console.error(board.relay.fastPathTrouble)
  process.exit(1)
}
process.once('SIGTERM', () => void stop().then(() => process.exit()))

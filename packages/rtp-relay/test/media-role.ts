/** The media role in this process, on ports of its own, with a log that nobody reads. */
import { configFrom, createMetrics, log } from '@strowger/runtime'
import { type RunningMedia, startMedia } from '../src/daemon.ts'
import { portRange } from './phone.ts'

export interface TestRole extends RunningMedia {
  exposition(): Promise<string>
}

export async function startTestRole(media: object = {}): Promise<TestRole> {
  const metrics = createMetrics(false)
  const base = configFrom({})
  const config = { ...base, media: { ...base.media, ng: { address: '127.0.0.1', port: 0 }, ports: portRange(256), ...media } }
  const running = await startMedia(config, { metrics, log: log('media', { level: 'error', pretty: false, write: () => {} }) })
  return Object.assign(running, { exposition: () => metrics.exposition() })
}

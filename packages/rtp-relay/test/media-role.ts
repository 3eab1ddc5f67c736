/** The media role in this process, on ports of its own, with a log that nobody reads. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configFrom, createMetrics, log } from '@strowger/runtime'
import { type RunningMedia, startMedia } from '../src/daemon.ts'
import { portRange } from './phone.ts'

export interface TestRole extends RunningMedia {
  exposition(): Promise<string>
}

export async function startTestRole(media: object = {}): Promise<TestRole> {
  const metrics = createMetrics(false)
  const base = configFrom({ data: mkdtempSync(join(tmpdir(), 'media-')) })
  const config = { ...base, media: { ...base.media, ng: { address: '127.0.0.1', port: 0 }, ports: portRange(256), ...media } }
  const running = await startMedia(config, { metrics, log: log('media', { level: 'error', pretty: false, write: () => {} }) })
  const { stop } = running
  const away = async (): Promise<void> => {
    await stop()
    rmSync(base.data, { recursive: true, force: true })
  }
  return Object.assign(running, { stop: away, exposition: () => metrics.exposition() })
}

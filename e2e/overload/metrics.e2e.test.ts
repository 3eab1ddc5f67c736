/** What Prometheus' own promtool says of /metrics, of each role and of all together. Text format 0.0.4. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { adminPath, askAdmin } from '@strowger/runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needing } from '../peers.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { phoneOf, SDP } from './asker.ts'

const { title, skip } = needing('metrics', 'promtool')

describe.skipIf(skip)(title, () => {
  let platform: Platform
  beforeAll(async () => {
    platform = await startPlatform()
    const alice = await phoneOf(platform, 'alice')
    const call = await alice.call(`sip:*43@${platform.demo.domain}`, { offer: SDP })
    await call.answered
    call.hangUp()
    await call.ended
    await alice.close()
  }, 400_000)
  afterAll(() => platform?.stop())

  test.each(['users-proxy', 'trunks-proxy', 'appserver'])('%s: promtool has nothing against them', async role => {
    expect(await complaints(await askAdmin(adminPath(platform.folder, role), '/metrics'))).toBe('')
  })

  test('of all roles together: nor against these', async () => {
    const url = `http://${platform.ports.portalAddress}:${platform.ports.portal}/metrics`
    expect(await complaints(await (await fetch(url)).text())).toBe('')
  })

  test('a call has been measured where it went', async () => {
    const samples = await platform.metrics()
    const count = (name: string, role: string, method: string): number =>
      samples.find(({ name: is, labels }) => is === `${name}_count` && labels.role === role && labels.method === method)?.value ?? 0
    for (const [name, role, method] of [
      ['strowger_sip_final_seconds', 'users-proxy', 'INVITE'],
      ['strowger_sip_final_seconds', 'users-proxy', 'BYE'],
      ['strowger_sip_hop_seconds', 'users-proxy', 'INVITE'],
      ['strowger_sip_final_seconds', 'appserver', 'INVITE'],
    ] as const) {
      expect([name, role, method, count(name, role, method) > 0]).toEqual([name, role, method, true])
    }
    const lag = samples.filter(({ name, labels }) => name === 'strowger_loop_lag_seconds_bucket' && labels.role === 'users-proxy')
    expect(lag.at(-1)?.labels.le).toBe('+Inf')
    expect(lag.at(-1)!.value).toBeGreaterThan(0)
  })
})

/** What promtool says on either output; nothing when all is well. */
async function complaints(text: string): Promise<string> {
  const child = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (said += chunk))
  child.stdin.end(text)
  const [code] = (await once(child, 'close')) as [number]
  return code === 0 && said === '' ? '' : `${code}: ${said}`
}

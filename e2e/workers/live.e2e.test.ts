/** Workers that are replaced, or die, while calls go on. RFC 3261 §16, RFC 6026. */
import { adminPath, askAdmin } from '@strowger/runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectIdle } from '../idle.ts'
import { needing } from '../peers.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { sipp } from '../sipp.ts'
import { until } from '../until.ts'

const { title, skip } = needing('workers, live', 'sipp')

interface Listed {
  readonly worker: number
  readonly place: number
  readonly state: string
  readonly shards: number
}

describe.skipIf(skip)(title, () => {
  let platform: Platform
  beforeAll(async () => {
    platform = await startPlatform({
      config: { sip: { t1: 50, t2: 400, t4: 500, leastD: 3200 }, usersProxy: { workers: 2 }, overload: { lagMs: 60_000 } },
    })
  })
  afterAll(() => platform?.stop())

  const ask = async (url: string, body?: string): Promise<readonly Listed[]> =>
    JSON.parse(await askAdmin(adminPath(platform.folder, 'users-proxy'), url, 30_000, body))
  const workers = (): Promise<readonly Listed[]> => ask('/workers')
  const states = async (): Promise<readonly string[]> => (await workers()).map(({ place, state }) => `${place} ${state}`).sort()
  const settled = async (): Promise<void> => {
    await until('two workers that are ready', async () => (await states()).join() === '1 ready,2 ready', 60_000)
  }
  /** Calls the echo service, each of `talk` ms; resolves when all have ended as they should. */
  const callEcho = (calls: number, talk: number, rate: number): Promise<{ done(): Promise<unknown> }> =>
    sipp(platform, { scenario: 'caller-hangs-up', calls, rate, timeoutSeconds: 90, keys: { callee: '*43', talk: String(talk) } })
  const answered = async (): Promise<number> => (await platform.cdrs()).filter(({ status }) => status === 200).length

  test('they share the shards, half each', async () => {
    await settled()
    expect((await workers()).map(({ shards }) => shards)).toEqual([128, 128])
  })

  test('one is drained and replaced while calls begin and end: none is lost', async () => {
    const [old] = await workers()
    const calls = await callEcho(12, 8000, 4)
    await until('calls that go on', async () => (await platform.metric('strowger_proxy_dialogs')) >= 4, 60_000)
    await ask(`/workers/replace?worker=${old!.worker}`, '')
    await until('a worker that drains', async () => (await states()).some(state => state.endsWith('draining')), 60_000)
    await calls.done()
    await until('the drained worker leaving', async () => !(await workers()).some(({ worker }) => worker === old!.worker), 60_000)
    await settled()
    await until('a record of each call', async () => (await answered()) === 12, 60_000)
    await expectIdle(platform, 60_000)
  })

  test('one dies: its dialogs go on at the other, another takes its place, and later calls are served by both', async () => {
    const [, victim] = await workers()
    const calls = await callEcho(8, 25_000, 20)
    await until('eight calls that are up', async () => (await platform.metric('strowger_proxy_dialogs')) === 8, 60_000)
    await until('nothing under way', async () => (await platform.metric('strowger_proxied_requests')) === 0, 60_000)
    await ask(`/workers/replace?worker=${victim!.worker}&now`, '')
    await calls.done()
    await settled()
    expect(await platform.metric('strowger_worker_deaths_total')).toBe(1)
    await (await callEcho(8, 300, 4)).done()
    await until('a record of each call', async () => (await answered()) === 12 + 8 + 8, 60_000)
    await expectIdle(platform, 60_000)
  })

  test('what a worker had counted is not forgotten with it (counters never fall)', async () => {
    const before = await platform.metric('strowger_sip_messages_total')
    const [first] = await workers()
    await ask(`/workers/replace?worker=${first!.worker}&now`, '')
    await settled()
    expect(await platform.metric('strowger_sip_messages_total')).toBeGreaterThanOrEqual(before)
  })

  test('a worker that is not there cannot be replaced', async () => {
    await expect(ask('/workers/replace?worker=99', '')).rejects.toThrow('there is no worker 99')
  })

  test('SIGTERM drains all of them, with a call that is up until its end', async () => {
    const calls = await callEcho(4, 4000, 20)
    await until('calls that are up', async () => (await platform.metric('strowger_proxy_dialogs')) === 4, 60_000)
    platform.signal('SIGTERM')
    await calls.done()
    expect(await platform.ended()).toBe(0)
    expect(platform.lines.filter(({ role, level }) => role === 'users-proxy' && level === 'error').map(({ msg }) => msg)).toEqual([
      'a worker died; the others take its calls',
      'a worker died; the others take its calls',
    ])
  })
})

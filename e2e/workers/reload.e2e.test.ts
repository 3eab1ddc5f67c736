/** `strowger reload`: a proxy of one and of two workers moves to other ports while a call is up. RFC 3261 §18.2. */
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectIdle } from '../idle.ts'
import { needing } from '../peers.ts'
import { type Platform, startPlatform, strowger } from '../platform.ts'
import { freePort } from '../ports.ts'
import { sipp } from '../sipp.ts'
import { until } from '../until.ts'

const { title, skip } = needing('reload', 'sipp')

describe.skipIf(skip).each([1, 2])(`${title}: %i workers`, workers => {
  let platform: Platform
  beforeAll(async () => {
    platform = await startPlatform({ config: { usersProxy: { workers } } })
  })
  afterAll(() => platform?.stop())

  const configure = (ports: { readonly udp?: number; readonly tcp?: number; readonly workers?: number }): void => {
    const config = JSON.parse(readFileSync(platform.file, 'utf8'))
    writeFileSync(platform.file, JSON.stringify({ ...config, usersProxy: { ...config.usersProxy, ...ports } }))
  }
  const reload = (): ReturnType<typeof strowger> => strowger(['reload', '--config', platform.file])
  const registers = async (port: number): Promise<readonly number[]> => {
    const to = `${platform.ports.listen}:${port}`
    const keys = { contact: '<sip:bob@127.0.0.3;transport=tcp>', expires: '0' }
    const run = await sipp(platform, { scenario: 'register', transport: 'tcp', to, user: 'bob', address: '127.0.0.3', keys })
    return (await run.done()).statuses('REGISTER')
  }
  let tcp: number

  test('a call over TCP goes on where it was, new requests are served at the new port, and the old one takes no connections', async () => {
    const keys = { callee: '*43', talk: '15000' }
    const call = await sipp(platform, { scenario: 'caller-hangs-up', transport: 'tcp', timeoutSeconds: 120, keys })
    await call.sent({ method: 'ACK', containing: 'CSeq: 2 ACK' })
    const { listen, users } = platform.ports
    tcp = await freePort()
    configure({ tcp })
    const { code, output } = await reload()
    expect(code).toBe(0)
    expect(output).toContain(`users-proxy: {"opened":["tcp:${listen}:${tcp}"],"closed":["tcp:${listen}:${users}"],"needsRestart":[]}`)
    expect(await registers(tcp)).toEqual([401, 200])
    await expect(once(connect(users, listen), 'connect')).rejects.toThrow('ECONNREFUSED')
    expect((await call.done()).statuses('BYE')).toEqual([200])
    const later = await sipp(platform, {
      scenario: 'caller-hangs-up',
      transport: 'tcp',
      to: `${listen}:${tcp}`,
      keys: { callee: '*43', talk: '300' },
    })
    expect((await later.done()).statuses('BYE')).toEqual([200])
    await until('their records', async () => (await platform.cdrs()).filter(({ status }) => status === 200).length === 2)
    await expectIdle(platform, 60_000)
  })

  test('what cannot change while it runs is named, and stays', async () => {
    const [{ users }, udp] = [platform.ports, await freePort()]
    configure({ udp, workers: workers + 1 })
    const { code, output } = await reload()
    expect(code).toBe(0)
    expect(output).toContain('users-proxy: {"opened":[],"closed":[],"needsRestart":["usersProxy.udp","usersProxy.workers"]}')
    const call = await sipp(platform, { scenario: 'caller-hangs-up', keys: { callee: '*43', talk: '300' } })
    expect((await call.done()).statuses('BYE')).toEqual([200])
    configure({ udp: users, workers })
  })

  test('a port that is taken: one sentence, and nothing has changed', async () => {
    const taken = createServer().listen(0, platform.ports.listen)
    await once(taken, 'listening')
    configure({ tcp: (taken.address() as AddressInfo).port })
    const { code, complaint } = await reload()
    taken.close()
    expect(code).toBe(1)
    expect(complaint).toMatch(/users-proxy: nothing has changed: .*in use/i)
    expect(await registers(tcp)).toEqual([401, 200])
  })
})

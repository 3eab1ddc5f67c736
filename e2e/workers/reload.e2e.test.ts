/** `strowger reload`: a proxy of one and of two workers moves to other ports while a call is up. RFC 3261 §18.2. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectIdle } from '../idle.ts'
import { needing } from '../peers.ts'
import { type Platform, startPlatform, strowger } from '../platform.ts'
import { freePort } from '../ports.ts'
import { phone, sipp } from '../sipp.ts'
import { until } from '../until.ts'

const { title, skip } = needing('reload', 'sipp')

describe.skipIf(skip).each([1, 2])(`${title}: %i workers`, workers => {
  let platform: Platform
  beforeAll(async () => {
    platform = await startPlatform({ config: { usersProxy: { workers }, trunksProxy: { workers }, carrier: { enabled: true } } })
  })
  afterAll(() => platform?.stop())

  const configure = (
    users: { readonly udp?: number; readonly tcp?: number; readonly workers?: number },
    trunks: { readonly udp?: number } = {},
  ): void => {
    const { usersProxy, trunksProxy, ...config } = JSON.parse(readFileSync(platform.file, 'utf8'))
    writeFileSync(
      platform.file,
      JSON.stringify({ ...config, usersProxy: { ...usersProxy, ...users }, trunksProxy: { ...trunksProxy, ...trunks } }),
    )
  }
  const reload = (): ReturnType<typeof strowger> => strowger(['reload', '--config', platform.file])
  const registers = async (port: number): Promise<readonly number[]> => {
    const to = `${platform.ports.listen}:${port}`
    const keys = { contact: '<sip:bob@127.0.0.3;transport=tcp>', expires: '0' }
    const run = await sipp(platform, { scenario: 'register', transport: 'tcp', to, user: 'bob', address: '127.0.0.3', keys })
    return (await run.done()).statuses('REGISTER')
  }
  const answered = async (): Promise<number> => (await platform.cdrs()).filter(({ status }) => status === 200).length
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

  test('UDP: a call goes on by the old port, who registered there still rings by it, new calls use the new port, and the old one takes none', async () => {
    const { listen, users, trunks } = platform.ports
    const before = await answered()
    const bob = await phone(platform, 'callee-answers', { user: 'bob', address: '127.0.0.3' })
    const keys = { callee: '*43', talk: '15000' }
    const call = await sipp(platform, { scenario: 'caller-hangs-up', timeoutSeconds: 120, keys })
    await call.sent({ method: 'ACK', containing: 'CSeq: 2 ACK' })
    const [udp, trunksUdp] = [await freePort(), await freePort()]
    configure({ udp }, { udp: trunksUdp })
    const { code, output } = await reload()
    expect(code).toBe(0)
    expect(output).toContain(`users-proxy: {"opened":["udp:${listen}:${udp}"],"closed":["udp:${listen}:${users}"],"needsRestart":[]}`)
    expect(output).toContain(
      `trunks-proxy: {"opened":["udp:${listen}:${trunksUdp}"],"closed":["udp:${listen}:${trunks}"],"needsRestart":[]}`,
    )
    const place = { to: `${listen}:${udp}`, scenario: 'caller-hangs-up' }
    const later = await sipp(platform, { ...place, keys: { callee: '102', talk: '300' } })
    await later.done()
    expect(later.statuses('BYE'), later.messages.map(({ text }) => text).join('')).toEqual([200])
    const rang = await bob.received({ method: 'INVITE' })
    expect(rang.text).toContain(`Via: SIP/2.0/UDP ${listen}:${users};`)
    expect(rang.text).toMatch(new RegExp(`Record-Route: <sip:[^>]*@${listen}:${udp};lr>`))
    await bob.received({ method: 'BYE' })
    await bob.stop()
    const outside = await sipp(platform, { ...place, keys: { callee: '+34911111111', talk: '300' } })
    expect((await outside.done()).statuses('BYE')).toEqual([200])
    await ignored(`OPTIONS sip:${listen} SIP/2.0`, users)
    expect((await call.done()).statuses('BYE')).toEqual([200])
    await until('their records', async () => (await answered()) === before + 3)
    await expectIdle(platform, 60_000)
  })

  /** No answer; counted. */
  async function ignored(line: string, port: number): Promise<void> {
    const socket = createSocket('udp4')
    const via = 'Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK-late;rport'
    const text = [line, via, 'From: <sip:a@a>;tag=1', 'To: <sip:b@b>', 'Call-ID: late', 'CSeq: 1 OPTIONS', 'Max-Forwards: 70', '', '']
    socket.send(text.join('\r\n'), port, platform.ports.listen)
    await until('a request that came too late', async () =>
      (await platform.metrics()).some(
        ({ labels, value }) => labels.event === 'listener-removed' && labels.role === 'users-proxy' && value > 0,
      ),
    )
    socket.close()
  }

  test.runIf(workers === 1)('of one worker no more become while it runs: that is named, and waits', async () => {
    configure({ workers: 2 })
    const { code, output } = await reload()
    expect(code).toBe(0)
    expect(output).toContain('users-proxy: {"opened":[],"closed":[],"needsRestart":["usersProxy.workers"]}')
    configure({ workers })
  })

  test.runIf(workers > 1)(
    'more workers, then fewer, while calls are up: none is lost, and those that are not wanted any more leave',
    async () => {
      const { listen } = platform.ports
      const listed = async (): Promise<string> => {
        const all = JSON.parse(await platform.command('worker', 'list', 'users-proxy', '--json')) as { place: number; state: string }[]
        return all
          .map(({ place, state }) => `${place} ${state}`)
          .sort()
          .join()
      }
      const udp = JSON.parse(readFileSync(platform.file, 'utf8')).usersProxy.udp as number
      const before = await answered()
      configure({ workers: 4 })
      expect((await reload()).output).toContain('"workers":{"before":2,"now":4}')
      await until('four workers', async () => (await listed()) === '1 ready,2 ready,3 ready,4 ready', 60_000)
      const keys = { callee: '*43', talk: '12000' }
      const calls = await sipp(platform, {
        scenario: 'caller-hangs-up',
        to: `${listen}:${udp}`,
        calls: 12,
        rate: 6,
        timeoutSeconds: 120,
        keys,
      })
      await until('calls that are up', async () => (await platform.metric('strowger_proxy_dialogs')) >= 12, 60_000)
      configure({ workers: 1 })
      expect((await reload()).output).toContain('"workers":{"before":4,"now":1}')
      const more = await sipp(platform, {
        scenario: 'caller-hangs-up',
        to: `${listen}:${udp}`,
        calls: 4,
        rate: 4,
        keys: { callee: '*43', talk: '300' },
      })
      await more.done()
      await calls.done()
      await until('one worker', async () => (await listed()) === '1 ready', 120_000)
      await until('a record of each call', async () => (await answered()) === before + 16, 60_000)
      await expectIdle(platform, 60_000)
      configure({ workers: 2 })
      await reload()
      await until('two workers again', async () => (await listed()) === '1 ready,2 ready', 60_000)
      const [{ worker }] = JSON.parse(await platform.command('worker', 'list', 'users-proxy', '--json'))
      await platform.command('worker', 'replace', 'users-proxy', String(worker))
      await until(
        'a successor',
        async () =>
          (await listed()).split(',').length === 2 &&
          !(await platform.command('worker', 'list', 'users-proxy', '--json')).includes(`"worker":${worker},`),
        120_000,
      )
    },
  )

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

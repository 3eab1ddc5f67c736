/** A carrier's Kamailio over TLS, each side sure of the other: calls out and in, requests of a dialog both ways, and a certificate for somebody else. RFC 3261 §26.3.1, RFC 5922 §7. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '@strowger/runtime'
import { openStore } from '@strowger/store'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { expectIdle } from '../idle.ts'
import { needing } from '../peers.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { freePort } from '../ports.ts'
import { phone, type Sipp, sipp } from '../sipp.ts'
import { until } from '../until.ts'
import { Authority } from './authority.ts'
import { Sbc } from './sbc.ts'

const { title, skip } = needing("a carrier's Kamailio over TLS", 'kamailio', 'kamailio-tls', 'sipp', 'openssl')
const SBC = '127.0.0.61'
const FAR = '127.0.0.62'
const NUMBER = '+34911111111'

describe.skipIf(skip)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), 'e2e-'))
  let platform: Platform
  let authority: Authority
  let tls: number
  let far: number
  let sbc: Sbc | undefined
  let calls = 0
  const runs: Sipp[] = []

  beforeAll(async () => {
    ;[tls, far] = [await freePort(), await freePort()]
    authority = await Authority.make(folder)
    platform = await startPlatform({ env: { NODE_EXTRA_CA_CERTS: authority.file } })
    await useCarrier()
    await platform.restart('trunks-proxy')
  })
  afterEach(async () => {
    for (const run of runs.splice(0)) await run.stop()
    await sbc?.stop()
    sbc = undefined
    calls = (await platform.cdrs()).length
  })
  afterAll(async () => {
    await platform?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** The demo's carrier and provider become this one. */
  async function useCarrier(): Promise<void> {
    const store = await openStore(loadConfig(platform.file))
    await store.write(async tables => {
      const [server] = await tables.find('carrierServer', {})
      await tables.update('carrierServer', server!.id, { address: SBC, port: tls, transport: 'tls' })
      const [provider] = await tables.find('ddiProviderAddress', {})
      await tables.update('ddiProviderAddress', provider!.id, { ip: SBC })
    })
    await store.close()
  }

  async function startSbc(address: string): Promise<Sbc> {
    const certificate = await authority.issue('sbc', `IP:${address}`)
    sbc = await Sbc.start(platform, { address: SBC, tls, certificate, far: `${FAR}:${far}` })
    return sbc
  }

  const takes = async (what: string): Promise<void> => sbc?.takes(what)

  const network = async (scenario: string, options: { to: string; keys?: Record<string, string>; scenarios?: URL }): Promise<Sipp> => {
    const run = await sipp(platform, { scenario, ...options, user: 'network', password: '', address: FAR, port: far })
    runs.push(run)
    return run
  }

  test('a phone calls a number outside, and hangs up', async () => {
    const { inner } = await startSbc(SBC)
    const answering = await network('callee-answers', { to: inner })
    const alice = await (await sipp(platform, { scenario: 'caller-hangs-up', keys: { callee: NUMBER } })).done()
    expect(alice.statuses('INVITE').at(-1)).toBe(200)
    const { text } = await answering.received({ method: 'INVITE' })
    expect(text).toContain(`Via: SIP/2.0/TLS ${platform.secure.trunks}`)
    await answering.received({ method: 'BYE' })
    for (const method of ['INVITE', 'ACK', 'BYE']) await takes(`${method} by tls`)
    expect(await platform.cdr(calls + 1)).toMatchObject({ direction: 'outbound', callee: NUMBER, status: 200, hungUpBy: 'caller' })
  })

  test('the carrier calls the DDI; the phone hangs up', async () => {
    const { inner } = await startSbc(SBC)
    runs.push(await phone(platform, 'callee-hangs-up', { address: '127.0.0.3' }))
    const scenarios = new URL('sipp/', import.meta.url)
    const calling = await network('carrier-calls', { to: inner, keys: { callee: platform.demo.ddi }, scenarios })
    await calling.done()
    expect(calling.statuses('INVITE').at(-1)).toBe(200)
    await takes('BYE by tls')
    expect(await platform.cdr(calls + 1)).toMatchObject({
      direction: 'inbound',
      callee: platform.demo.ddi,
      status: 200,
      hungUpBy: 'callee',
    })
  })

  test('a carrier whose certificate is for somebody else gets no call (RFC 5922 §7.3)', async () => {
    await startSbc('127.0.0.99')
    const alice = await (await sipp(platform, { scenario: 'caller-refused', keys: { callee: NUMBER } })).done()
    expect(alice.statuses('INVITE').at(-1)).toBeGreaterThanOrEqual(500)
    expect(sbc?.log).not.toContain('has INVITE')
    const line = await until('a line that says why', () =>
      platform.lines.find(({ role, msg }) => role === 'trunks-proxy' && msg === 'connection'),
    )
    expect(JSON.stringify(line)).toContain(`the certificate is for 127.0.0.99, not for ${SBC}`)
    await platform.cdr(calls + 1)
    await expectIdle(platform)
  })
})

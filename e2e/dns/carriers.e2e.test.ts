/** Carriers known by their domain, found by a real name server behind one that never answers. RFC 3263 §4, RFC 2782, RFC 3403 §4.1. */
import { loadConfig } from '@strowger/runtime'
import { openStore } from '@strowger/store'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { expectIdle } from '../idle.ts'
import { needing } from '../peers.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { freePort } from '../ports.ts'
import { type Sipp, sipp, type Transport } from '../sipp.ts'
import { blackHole, dnsmasq, type NameServer } from './dnsmasq.ts'

const { title, skip } = needing('carriers by their domain', 'dnsmasq', 'sipp')
/** At `OTHER` nobody is until the last call to it, at `BUSY` somebody who refuses. */
const [LIVE, OTHER, BUSY] = ['127.0.0.71', '127.0.0.72', '127.0.0.73']
/** Each domain has a number of its own. */
const DOMAINS = ['plain', 'dead-udp', 'dead-tcp', 'busy', 'nowhere'].map(name => `${name}.test`)
const numberOf = (domain: string): string => `+3490000000${DOMAINS.indexOf(domain)}`

describe.skipIf(skip)(title, () => {
  let platform: Platform
  let hole: NameServer
  let names: NameServer
  let port: number
  const runs: Sipp[] = []

  beforeAll(async () => {
    port = await freePort()
    const server = (domain: string, way: 'udp' | 'tcp', host: string, priority: number): string =>
      `srv-host=_sip._${way}.${domain},${host}.test,${port},${priority},10`
    hole = await blackHole()
    names = await dnsmasq([
      `host-record=live.test,${LIVE}`,
      `host-record=other.test,${OTHER}`,
      `host-record=busy-host.test,${BUSY}`,
      'naptr-record=plain.test,10,10,S,SIP+D2U,,_sip._udp.plain.test',
      'naptr-record=plain.test,20,10,S,SIP+D2T,,_sip._tcp.plain.test',
      server('plain.test', 'udp', 'live', 1),
      server('plain.test', 'tcp', 'other', 1),
      server('dead-udp.test', 'udp', 'other', 1),
      server('dead-udp.test', 'udp', 'live', 2),
      'naptr-record=dead-tcp.test,10,10,S,SIP+D2T,,_sip._tcp.dead-tcp.test',
      server('dead-tcp.test', 'tcp', 'other', 1),
      server('dead-tcp.test', 'tcp', 'live', 2),
      server('busy.test', 'udp', 'busy-host', 1),
      server('busy.test', 'udp', 'live', 2),
    ])
    platform = await startPlatform({ config: { dns: { servers: [hole.address, names.address] } } })
    await addCarriers()
    await platform.restart('trunks-proxy')
  })
  afterEach(async () => {
    for (const run of runs.splice(0)) await run.stop()
  })
  afterAll(async () => {
    await platform?.stop()
    for (const server of [hole, names]) await server?.stop()
  })

  async function addCarriers(): Promise<void> {
    const store = await openStore(loadConfig(platform.file))
    await store.write(async tables => {
      const [brand] = await tables.find('brand', {})
      const brandId = brand!.id
      for (const domain of DOMAINS) {
        const carrierId = await tables.insert('carrier', { brandId, name: domain, transformationRuleSetId: null })
        await tables.insert('carrierServer', { carrierId, address: domain, port: 0, transport: 'udp' })
        const routingPatternId = await tables.insert('routingPattern', { brandId, name: domain, prefix: numberOf(domain) })
        const route = { clientId: null, mode: 'static', priority: 1, weight: 1, stopper: true } as const
        await tables.insert('outgoingRouting', { brandId, routingPatternId, carrierId, ...route })
      }
    })
    await store.close()
  }

  async function carrier(scenario: string, address: string, transport: Transport = 'udp', status = ''): Promise<Sipp> {
    const whom = { to: platform.trunks, user: 'carrier', password: '' }
    const run = await sipp(platform, { scenario, ...whom, address, port, transport, keys: { status } })
    runs.push(run)
    return run
  }

  async function call(domain: string, scenario = 'caller-hangs-up'): Promise<Sipp> {
    const alice = await sipp(platform, { scenario, keys: { callee: numberOf(domain), talk: '100' } })
    runs.push(alice)
    return alice.done()
  }

  const events = async (event: string): Promise<number> =>
    (await platform.metrics())
      .filter(({ name, labels }) => name === 'strowger_dns_events_total' && labels.event === event)
      .reduce((sum, { value }) => sum + value, 0)
  const inviteTo = ({ messages }: Sipp): string =>
    messages.find(({ sent, method, status }) => !sent && method === 'INVITE' && status === undefined)?.text ?? 'no INVITE'

  test('NAPTR, SRV and A lead to one; the silent name server keeps the first call waiting and no other (RFC 3263 §4.1)', async () => {
    const first = await carrier('callee-answers', LIVE)
    await call('plain.test')
    await first.done()
    expect(inviteTo(first)).toContain(`INVITE sip:${numberOf('plain.test')}@plain.test SIP/2.0`)
    const [queries, timeouts] = [await events('dns-queries'), await events('dns-timeouts')]
    expect(timeouts).toBe(1)
    const second = await carrier('callee-answers', LIVE)
    await call('plain.test')
    await second.done()
    expect(await events('dns-queries')).toBe(queries)
    expect(await events('dns-timeouts')).toBe(timeouts)
    expect(await events('dns-cache-hits')).toBeGreaterThan(0)
    await expectIdle(platform)
  })

  test.each([
    ['dead-udp.test', 'udp'],
    ['dead-tcp.test', 'tcp'],
  ] as const)('nobody is at the first server of %s: the call is set up by the second (RFC 3263 §4.3)', async (domain, transport) => {
    const live = await carrier('callee-answers', LIVE, transport)
    await call(domain)
    await live.done()
    expect(inviteTo(live)).toContain(`@${domain} SIP/2.0`)
    expect(inviteTo(live)).toContain(`Via: SIP/2.0/${transport.toUpperCase()} `)
    await expectIdle(platform)
  })

  test('a server that was silent is passed over by the next call, though somebody is there again (RFC 3263 §4.3)', async () => {
    const [other, live] = [await carrier('callee-answers', OTHER), await carrier('callee-answers', LIVE)]
    await call('dead-udp.test')
    await live.done()
    expect(inviteTo(other)).toBe('no INVITE')
    await expectIdle(platform)
  })

  test('the first server answers 503: the call is set up by the second (RFC 3263 §4.3)', async () => {
    const busy = await carrier('callee-refuses', BUSY, 'udp', '503')
    const live = await carrier('callee-answers', LIVE)
    await call('busy.test')
    await live.done()
    await busy.done()
    const [one, two] = [busy, live].map(inviteTo)
    const line = (text: string, name: string): string | undefined => text.split('\r\n').find(line => line.startsWith(`${name}:`))
    for (const name of ['Call-ID', 'CSeq', 'From']) expect(line(one!, name)).toBe(line(two!, name))
    expect(line(one!, 'Via')).not.toBe(line(two!, 'Via'))
    await expectIdle(platform)
  })

  test('a domain that leads nowhere: the call is refused', async () => {
    expect((await call('nowhere.test', 'caller-refused')).statuses('INVITE').at(-1)).toBeGreaterThanOrEqual(500)
    expect(platform.lines.some(({ msg, uri }) => msg === 'leads nowhere' && String(uri).includes('nowhere.test'))).toBe(true)
    await expectIdle(platform)
  })
})

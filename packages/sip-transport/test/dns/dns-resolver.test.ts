/** The resolver against name servers that answer, refuse, are slow or silent, in time that passes at will. RFC 1035 §7, RFC 2308, RFC 8767, RFC 3263 §4. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Ask } from '../../src/dns/dns-ask.ts'
import type { DnsAnswer, DnsRecord } from '../../src/dns/dns-message.ts'
import { type DnsOptions, DnsResolver } from '../../src/index.ts'
import { TestClock, turns } from './clock.ts'

const [FIRST, SECOND] = ['192.0.2.53', '192.0.2.54']
const records = (ttlSeconds: number | undefined, ...found: DnsRecord[]): DnsAnswer => ({ kind: 'records', records: found, ttlSeconds })
const silence = new Promise<never>(() => {})

let clock: TestClock
let asked: string[]
let servers: Record<string, (name: string, type: string) => DnsAnswer | Promise<DnsAnswer>>
let resolver: DnsResolver
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strowger-dns-'))
  clock = new TestClock()
  asked = []
  servers = { [FIRST]: () => records(60, '192.0.2.1'), [SECOND]: () => records(60, '192.0.2.2') }
  resolver = open()
})
afterEach(() => rmSync(folder, { recursive: true }))

function open(options: DnsOptions = {}): DnsResolver {
  const ask: Ask = async ({ address }, { name, type }) => {
    asked.push(`${address === FIRST ? 1 : 2} ${type} ${name}`)
    return servers[address]!(name, type)
  }
  return new DnsResolver({ servers: [FIRST, SECOND], families: ['ipv4'], hostsFile: '', ask, clock, ...options })
}

/** What a lookup came to, and when it did. */
async function timed<T>(lookup: Promise<T>): Promise<{ value: T | string; ms: number }> {
  const from = clock.now()
  let found: { value: T | string; ms: number } | undefined
  const note = (value: T | string): void => {
    found = { value, ms: clock.now() - from }
  }
  lookup.then(note, error => note(error.code))
  await turns()
  while (found === undefined) await clock.pass(50)
  return found
}

describe('what is remembered', () => {
  it('is asked for once while it holds, and again afterwards (RFC 1035 §7.4)', async () => {
    expect(await resolver.address('A.test.')).toEqual(['192.0.2.1'])
    await clock.pass(59_000)
    expect(await resolver.address('a.test')).toEqual(['192.0.2.1'])
    expect(asked).toEqual(['1 A a.test'])
    expect(resolver.stats()).toMatchObject({ 'dns-queries': 1, 'dns-cache-hits': 1 })
    await clock.pass(1000)
    servers[FIRST] = () => records(60, '192.0.2.9')
    expect(await resolver.address('a.test')).toEqual(['192.0.2.9'])
    expect(asked).toHaveLength(2)
  })

  it.each([
    ['as long as the SOA says', 45, 45],
    ['five minutes at most', 86_400, 300],
    ['half a minute without SOA', undefined, 30],
  ])('of a name that does not exist is kept %s (RFC 2308 §5)', async (_, ttl, seconds) => {
    servers[FIRST] = () => records(ttl)
    expect(await resolver.srv('_sip._udp.a.test')).toEqual([])
    await clock.pass(1000 * seconds - 1)
    await resolver.srv('_sip._udp.a.test')
    expect(asked).toHaveLength(1)
    await clock.pass(1)
    await resolver.srv('_sip._udp.a.test')
    expect(asked).toHaveLength(2)
  })

  it('with a time to live of 0 serves only those who wait for it (RFC 1035 §3.2.1)', async () => {
    let answer: (answer: DnsAnswer) => void = () => {}
    servers[FIRST] = () => new Promise(resolve => (answer = resolve))
    const both = [resolver.naptr('a.test'), resolver.naptr('a.test')]
    await turns()
    answer(records(0))
    expect(await Promise.all(both)).toEqual([[], []])
    expect(asked).toHaveLength(1)
    servers[FIRST] = () => records(0)
    await resolver.naptr('a.test')
    expect(asked).toHaveLength(2)
  })

  it('is bounded: what nobody asked for longest goes first', async () => {
    resolver = open({ cacheSize: 2 })
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await resolver.address(`${name}.test`)
    expect(asked).toEqual(['1 A a.test', '1 A b.test', '1 A c.test', '1 A b.test'])
  })

  it('is forgotten on demand', async () => {
    await resolver.address('a.test')
    resolver.forget()
    await resolver.address('a.test')
    expect(asked).toHaveLength(2)
  })
})

describe('a server that does not answer', () => {
  beforeEach(() => {
    servers[FIRST] = () => silence
  })

  it('costs the first who asks a second, and nobody afterwards (RFC 1034 §5.3.3)', async () => {
    expect(await timed(resolver.address('a.test'))).toEqual({ value: ['192.0.2.2'], ms: 1000 })
    expect(await timed(resolver.address('b.test'))).toEqual({ value: ['192.0.2.2'], ms: 0 })
    expect(asked).toEqual(['1 A a.test', '2 A a.test', '2 A b.test'])
    expect(resolver.stats()).toMatchObject({ 'dns-queries': 3, 'dns-timeouts': 1 })
  })

  it('is on trial from time to time, beside one that answers, and first again when it answers', async () => {
    await timed(resolver.address('a.test'))
    await clock.pass(30_000)
    expect(await timed(resolver.address('b.test'))).toEqual({ value: ['192.0.2.2'], ms: 0 })
    expect(asked.slice(2)).toEqual(['2 A b.test', '1 A b.test'])
    servers[FIRST] = () => records(60, '192.0.2.1')
    await clock.pass(29_000)
    await timed(resolver.address('c.test'))
    expect(asked.slice(4)).toEqual(['2 A c.test'])
    await clock.pass(1000)
    await timed(resolver.address('d.test'))
    expect(await timed(resolver.address('e.test'))).toEqual({ value: ['192.0.2.1'], ms: 0 })
    expect(asked.slice(-1)).toEqual(['1 A e.test'])
  })

  it('is still heard when it is only slow', async () => {
    servers[FIRST] = () => new Promise(resolve => clock.after(1500, () => resolve(records(60, '192.0.2.1'))))
    servers[SECOND] = () => silence
    expect(await timed(resolver.address('a.test'))).toEqual({ value: ['192.0.2.1'], ms: 1500 })
  })

  it('and neither does the other: within 4 s there is an error, which who asks next has at once (RFC 2308 §7.2)', async () => {
    servers[SECOND] = () => silence
    expect(await timed(resolver.address('a.test'))).toEqual({ value: 'no-dns', ms: 4000 })
    expect(asked).toEqual(['1 A a.test', '2 A a.test', '1 A a.test', '2 A a.test'])
    expect(await timed(resolver.address('a.test'))).toEqual({ value: 'no-dns', ms: 0 })
    await clock.pass(5000)
    servers[SECOND] = () => records(60, '192.0.2.2')
    expect((await timed(resolver.address('a.test'))).value).toEqual(['192.0.2.2'])
  })

  it('keeps nobody else waiting: what is remembered is there at once', async () => {
    servers[FIRST] = () => records(3600, '192.0.2.1')
    await resolver.address('known.test')
    servers[FIRST] = servers[SECOND] = () => silence
    const waiting = timed(resolver.address('unknown.test'))
    expect(await timed(resolver.address('known.test'))).toEqual({ value: ['192.0.2.1'], ms: 0 })
    expect((await waiting).value).toBe('no-dns')
  })

  it('makes an answer of before good for another day: after half a second, then at once (RFC 8767 §4, §5)', async () => {
    servers[FIRST] = () => records(60, '192.0.2.1')
    await resolver.address('a.test')
    servers[FIRST] = servers[SECOND] = () => silence
    await clock.pass(60_000)
    expect(await timed(resolver.address('a.test'))).toEqual({ value: ['192.0.2.1'], ms: 500 })
    await clock.pass(4000)
    expect(await timed(resolver.address('a.test'))).toEqual({ value: ['192.0.2.1'], ms: 0 })
    expect(resolver.stats()['dns-stale']).toBeGreaterThan(1)
    await clock.pass(86_400_000)
    expect((await timed(resolver.address('a.test'))).value).toBe('no-dns')
  })

  it('and comes back: the answer is new again', async () => {
    servers[FIRST] = () => records(60, '192.0.2.1')
    await resolver.address('a.test')
    servers[FIRST] = servers[SECOND] = () => silence
    await clock.pass(60_000)
    await timed(resolver.address('a.test'))
    await clock.pass(4000)
    servers[FIRST] = servers[SECOND] = () => records(60, '192.0.2.8')
    await clock.pass(30_000)
    expect(await timed(resolver.address('a.test'))).toEqual({ value: ['192.0.2.8'], ms: 0 })
  })
})

describe('a server that', () => {
  it.each([
    ['refuses', (): DnsAnswer => ({ kind: 'refused', rcode: 2 })],
    ['is not there', () => Promise.reject(new Error('ECONNREFUSED'))],
  ])('%s is passed over at once (RFC 1034 §5.3.3)', async (_, answer) => {
    servers[FIRST] = answer
    expect(await timed(resolver.address('a.test'))).toEqual({ value: ['192.0.2.2'], ms: 0 })
    await resolver.address('b.test')
    expect(asked).toEqual(['1 A a.test', '2 A a.test', '2 A b.test'])
    expect(resolver.stats()).toMatchObject({ 'dns-failures': 1 })
  })

  it('knows no such name is believed: that is an answer (RFC 2308 §2.1)', async () => {
    servers[FIRST] = () => records(60)
    expect(await resolver.address('a.test')).toEqual([])
    expect(asked).toHaveLength(1)
  })
})

describe('addresses', () => {
  beforeEach(() => {
    servers[FIRST] = (_, type) => records(60, type === 'A' ? '192.0.2.1' : '2001:db8::1')
  })

  it.each([
    [['ipv4', 'ipv6'] as const, ['192.0.2.1', '2001:db8::1']],
    [['ipv6', 'ipv4'] as const, ['2001:db8::1', '192.0.2.1']],
    [['ipv6'] as const, ['2001:db8::1']],
  ])('come as %s are wanted (RFC 3263 §4.2)', async (families, wanted) => {
    resolver = open({ families })
    expect(await resolver.address('a.test')).toEqual(wanted)
  })

  it('of one family are enough where the other cannot be had', async () => {
    servers[FIRST] = servers[SECOND] = (_, type) => (type === 'A' ? records(60, '192.0.2.1') : { kind: 'refused', rcode: 5 })
    resolver = open({ families: ['ipv4', 'ipv6'] })
    expect(await resolver.address('a.test')).toEqual(['192.0.2.1'])
  })

  it('of the hosts file come first, and follow it when it changes', async () => {
    writeFileSync(join(folder, 'hosts'), '192.0.2.77 a.test Alias.test # carrier\n::7 a.test\nno.address a.test\n')
    resolver = open({ families: ['ipv6', 'ipv4'], hostsFile: join(folder, 'hosts') })
    expect(await resolver.address('a.test')).toEqual(['::7', '192.0.2.77'])
    expect(await resolver.address('alias.test')).toEqual(['192.0.2.77'])
    expect(asked).toEqual([])
    writeFileSync(join(folder, 'hosts'), '192.0.2.78 a.test\n')
    expect(await resolver.address('a.test')).toEqual(['192.0.2.78'])
  })
})

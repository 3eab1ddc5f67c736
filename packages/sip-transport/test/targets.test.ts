/** The target walk against a table of DNS. RFC 3263 §4, RFC 2782, RFC 3261 §18.1.1. */
import { parseUri } from '@strowger/sip-parser'
import { describe, expect, it } from 'vitest'
import {
  needsStream,
  orderSrv,
  type Resolver,
  resolveTargets,
  SHARDS,
  shardOf,
  type TargetQuery,
  TargetWalk,
  TransportError,
  targetsWithoutLookup,
  walkTargets,
} from '../src/index.ts'

const srv = (name: string, port: number, priority = 1, weight = 0) => ({ name, port, priority, weight })

const ZONE: { [record in keyof Resolver]: Record<string, Awaited<ReturnType<Resolver[record]>>> } = {
  naptr: {
    'naptr.test': [
      { order: 20, preference: 1, flags: 's', service: 'SIP+D2U', replacement: '_sip._udp.naptr.test' },
      { order: 10, preference: 1, flags: 's', service: 'SIP+D2T', replacement: '_sip._tcp.elsewhere.test' },
      { order: 1, preference: 1, flags: 's', service: 'SIPS+D2T', replacement: '_sips._tcp.naptr.test' },
      { order: 1, preference: 1, flags: 'u', service: 'E2U+sip', replacement: '' },
    ],
    'liked.test': [
      { order: 1, preference: 2, flags: 'S', service: 'sip+d2t', replacement: '_sip._tcp.srv.test' },
      { order: 1, preference: 1, flags: 's', service: 'SIP+D2U', replacement: '_sip._udp.naptr.test' },
    ],
    'bare.test': [{ order: 1, preference: 1, flags: 's', service: 'SIP+D2T', replacement: '_sip._tcp.bare.test' }],
  },
  srv: {
    '_sip._udp.naptr.test': [srv('a.test', 5070, 1), srv('b.test', 5071, 2)],
    '_sip._tcp.elsewhere.test': [srv('b.test', 5072)],
    '_sip._tcp.srv.test': [srv('a.test', 5073)],
    '_sip._udp.closed.test': [srv('.', 0)],
    '_sips._tcp.naptr.test': [srv('a.test', 5443)],
  },
  address: {
    'a.test': ['192.0.2.1'],
    'b.test': ['192.0.2.2', '2001:db8::2'],
    'plain.test': ['192.0.2.3'],
    'bare.test': ['192.0.2.3'],
    'closed.test': ['192.0.2.5'],
    'srv.test': ['192.0.2.4'],
  },
}

const resolver: Resolver = {
  naptr: async name => ZONE.naptr[name] ?? [],
  srv: async name => ZONE.srv[name] ?? [],
  address: async name => ZONE.address[name] ?? [],
}

async function targets(uri: string, query: Partial<TargetQuery> = {}): Promise<string[]> {
  const found = await resolveTargets({ uri: parseUri(uri)!, ...query }, resolver)
  return found.map(({ transport, address, port }) => `${transport} ${address} ${port}`)
}

describe('targets', () => {
  it.each([
    ['a number: UDP, 5060', 'sip:192.0.2.9', ['UDP 192.0.2.9 5060']],
    ['a number and a port', 'sip:x@192.0.2.9:5080', ['UDP 192.0.2.9 5080']],
    ['an IPv6 number', 'sip:[2001:db8::9]', ['UDP 2001:db8::9 5060']],
    ['a transport parameter', 'sip:192.0.2.9;transport=tcp', ['TCP 192.0.2.9 5060']],
    ['a transport we do not speak', 'sip:192.0.2.9;transport=sctp', []],
    ['maddr instead of the host', 'sip:a.test;maddr=192.0.2.8', ['UDP 192.0.2.8 5060']],
    ['localhost without DNS (RFC 6761 §6.3)', 'sip:bob@localhost:5099', ['UDP 127.0.0.1 5099']],
    ['names under localhost', 'sip:bob@demo.localhost', ['UDP 127.0.0.1 5060']],
    ['a name with a port needs no SRV', 'sip:b.test:5090', ['UDP 192.0.2.2 5090', 'UDP 2001:db8::2 5090']],
    [
      'the lowest NAPTR order that we speak, and no other (RFC 3403 §4.1)',
      'sip:naptr.test',
      ['TCP 192.0.2.2 5072', 'TCP 2001:db8::2 5072'],
    ],
    [
      'NAPTR records of one order by their preference (RFC 3403 §4.1)',
      'sip:liked.test',
      ['UDP 192.0.2.1 5070', 'UDP 192.0.2.2 5071', 'UDP 2001:db8::2 5071', 'TCP 192.0.2.1 5073'],
    ],
    ['NAPTR without its SRV records: the address, by that transport', 'sip:bare.test', ['TCP 192.0.2.3 5060']],
    ['an SRV record that says there is nobody (RFC 2782)', 'sip:closed.test;transport=udp', []],
    ['no NAPTR: the SRV of each transport', 'sip:srv.test', ['TCP 192.0.2.4 5073'].map(text => text.replace('192.0.2.4', '192.0.2.1'))],
    ['transport named: its SRV only', 'sip:naptr.test;transport=udp', ['UDP 192.0.2.1 5070', 'UDP 192.0.2.2 5071', 'UDP 2001:db8::2 5071']],
    ['no records but an address: UDP, 5060', 'sip:plain.test', ['UDP 192.0.2.3 5060']],
    ['no SRV for the named transport: the address', 'sip:plain.test;transport=tcp', ['TCP 192.0.2.3 5060']],
    ['nothing at all', 'sip:nowhere.test', []],
    ['sips without TLS', 'sips:192.0.2.9', []],
  ])('%s (RFC 3263 §4)', async (_, uri, wanted) => expect(await targets(uri)).toEqual(wanted))

  it('sips goes to TLS, port 5061', async () => {
    expect(await targets('sips:192.0.2.9', { transports: ['UDP', 'TCP', 'TLS'] })).toEqual(['TLS 192.0.2.9 5061'])
    expect(await targets('sips:naptr.test', { transports: ['TLS'] })).toEqual(['TLS 192.0.2.1 5443'])
  })

  it('a large request tries TCP before UDP at each address (RFC 3261 §18.1.1)', async () => {
    expect(needsStream(1300)).toBe(false)
    expect(await targets('sip:192.0.2.9', { messageBytes: 1301 })).toEqual(['TCP 192.0.2.9 5060', 'UDP 192.0.2.9 5060'])
    expect(await targets('sip:192.0.2.9', { messageBytes: 1301, transports: ['UDP'] })).toEqual(['UDP 192.0.2.9 5060'])
  })

  it.each([
    ['sip:192.0.2.9;transport=ws', ['WS 192.0.2.9 80']],
    ['sips:192.0.2.9;transport=ws', ['WSS 192.0.2.9 443']],
    ['sip:192.0.2.9;transport=wss', ['WSS 192.0.2.9 443']],
    ['sip:a.test:8088;transport=ws', ['WS 192.0.2.1 8088']],
    ['sip:srv.test;transport=ws', ['WS 192.0.2.4 80']],
    ['sips:192.0.2.9;transport=tcp', ['TLS 192.0.2.9 5061']],
    ['sip:192.0.2.9;transport=tls', ['TLS 192.0.2.9 5061']],
    ['sip:bob@df7jal23ls0d.invalid;transport=ws', []],
    ['sip:bob@df7jal23ls0d.invalid:8088', []],
    ['sip:bob@INVALID.', []],
  ])('%s over every transport (RFC 7118 §5, RFC 3261 §26.2.2, RFC 6761 §6.4)', async (uri, wanted) => {
    expect(await targets(uri, { transports: ['UDP', 'TCP', 'TLS', 'WS', 'WSS'] })).toEqual(wanted)
  })

  it('a name over WebSockets alone, which have no SRV records', async () => {
    expect(await targets('sip:srv.test', { transports: ['WSS'] })).toEqual(['WSS 192.0.2.4 443'])
  })

  it('keep the domain that was asked for, which the certificate must prove (RFC 5922 §4)', async () => {
    const name = async (uri: string): Promise<unknown> =>
      (await resolveTargets({ uri: parseUri(uri)!, transports: ['TLS'] }, resolver))[0]?.name
    expect(await name('sips:Naptr.test')).toBe('naptr.test')
    expect(await name('sips:192.0.2.9')).toBeUndefined()
    expect(await name('sips:[2001:db8::1]')).toBeUndefined()
  })

  it('asks for the next name only when the targets before it have failed', () => {
    const walk = new TargetWalk({ uri: parseUri('sip:two.test;transport=udp')! })
    expect(walk.next()).toEqual({ kind: 'lookup', record: 'srv', name: '_sip._udp.two.test' })
    walk.answer([srv('one.test', 1, 1), srv('two.test', 2, 2)])
    expect(walk.next()).toMatchObject({ kind: 'lookup', record: 'address', name: 'one.test' })
    walk.answer(['192.0.2.1'])
    expect(walk.next()).toMatchObject({ kind: 'target' })
    expect(walk.next()).toMatchObject({ kind: 'lookup', name: 'two.test' })
    walk.answer([])
    expect(walk.next()).toEqual({ kind: 'exhausted' })
    expect(() => walk.answer([])).toThrow(TypeError)
  })

  it('gives numbers at once', () => {
    expect(targetsWithoutLookup({ uri: parseUri('sip:192.0.2.9')! })).toHaveLength(1)
    expect(targetsWithoutLookup({ uri: parseUri('sip:a.test')! })).toBeUndefined()
  })

  it('orders SRV by priority, then by weight and chance (RFC 2782)', () => {
    const records = [srv('light', 1, 1, 10), srv('heavy', 1, 1, 90), srv('spare', 1, 2, 99), srv('.', 0, 0, 0)]
    const names = (random: number): string =>
      orderSrv(records, () => random)
        .map(({ name }) => name)
        .join(' ')
    expect(names(0)).toBe('heavy light spare')
    expect(names(0.95)).toBe('light heavy spare')
  })

  it('chooses as often as the weight says, and one of weight 0 hardly ever (RFC 2782)', () => {
    const records = [srv('none', 1, 1, 0), srv('quarter', 1, 1, 25), srv('most', 1, 1, 75)]
    const first = { none: 0, quarter: 0, most: 0 }
    for (let i = 0; i < 1010; i++) first[orderSrv(records, () => i / 1010)[0]!.name as keyof typeof first]++
    expect(first).toEqual({ none: 10, quarter: 250, most: 750 })
  })

  it('looks no name up before its target is wanted, and not for ever (RFC 3263 §4.3)', async () => {
    const asked: string[] = []
    const counting: Resolver = {
      ...resolver,
      address: name => {
        asked.push(name)
        return resolver.address(name)
      },
    }
    const query = { uri: parseUri('sip:naptr.test;transport=udp')! }
    for await (const { address } of walkTargets(query, counting)) {
      expect(address).toBe('192.0.2.1')
      break
    }
    expect(asked).toEqual(['a.test'])
    const silent: Resolver = { ...resolver, srv: () => new Promise(() => {}) }
    await expect(resolveTargets(query, silent, { lookupsMs: 20 })).rejects.toMatchObject({ code: 'no-dns' })
  })

  it('goes on where only one of the records cannot be had, and says when there was no DNS at all', async () => {
    const silence = new TransportError('no-dns', 'silence')
    const noNaptr: Resolver = { ...resolver, naptr: () => Promise.reject(silence) }
    expect(await resolveTargets({ uri: parseUri('sip:plain.test')! }, noNaptr)).toHaveLength(1)
    const nothing: Resolver = { naptr: noNaptr.naptr, srv: () => Promise.reject(silence), address: () => Promise.reject(silence) }
    await expect(resolveTargets({ uri: parseUri('sip:plain.test')! }, nothing)).rejects.toBe(silence)
  })
})

describe('shardOf', () => {
  it('with a key nobody outside knows which it is: another key, other shards, as evenly', () => {
    const calls = Array.from({ length: 25_600 }, (_, i) => `call-${i}@example.org`)
    const chosen = calls.filter(callId => shardOf(callId, [1, 2]) === 7)
    const counts = new Array<number>(SHARDS).fill(0)
    for (const callId of calls) counts[shardOf(callId, [3, -4])]!++
    expect(Math.min(...counts)).toBeGreaterThan(60)
    expect(Math.max(...counts)).toBeLessThan(150)
    // Of some hundred Call-IDs of one shard hardly two share one under the other key.
    expect(chosen.length).toBeGreaterThan(60)
    expect(new Set(chosen.map(callId => shardOf(callId, [3, -4]))).size).toBeGreaterThan(50)
    expect(shardOf('a', [1, 2])).toBe(shardOf('a', [1, 2]))
  })

  it('is the same everywhere and for ever', () => {
    expect(['', 'a', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6@foo.bar.com'].map(callId => shardOf(callId))).toEqual([197, 237, 217])
  })

  it('spreads calls over all shards', () => {
    const counts = new Array<number>(SHARDS).fill(0)
    for (let i = 0; i < 25_600; i++) counts[shardOf(`call-${i}@example.org`)]!++
    expect(Math.min(...counts)).toBeGreaterThan(50)
    expect(Math.max(...counts)).toBeLessThan(200)
  })
})

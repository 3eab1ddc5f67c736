/** DNS messages as bytes. RFC 1035 §4, RFC 2782, RFC 3403 §4.1, RFC 2308 §5. */
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeAnswer, encodeQuery } from '../../src/dns/dns-message.ts'
import { a, aaaa, answerOf, cname, nameBytes, naptr, soa, srv } from './zone.ts'

const decode = (bytes: Uint8Array, name = 'a.test', type: 'A' | 'AAAA' | 'SRV' | 'NAPTR' = 'A') => decodeAnswer(bytes, 7, { name, type })

describe('a query', () => {
  it('asks one question, with recursion (RFC 1035 §4.1)', () => {
    const query = encodeQuery(0x1234, { name: '_sip._udp.a.test', type: 'SRV' })!
    expect(Buffer.from(query).toString('hex')).toBe(
      `12340100000100000000000${0}${Buffer.from(nameBytes('_sip._udp.a.test')).toString('hex')}00210001`,
    )
  })

  it.each(['', '.', 'a..b', `${'x'.repeat(64)}.test`, 'a b.test', 'ü.test', `${'long.'.repeat(60)}test`])(
    'is not made of "%s" (RFC 1035 §2.3.4)',
    name => expect(encodeQuery(1, { name, type: 'A' })).toBeUndefined(),
  )
})

describe('an answer', () => {
  it('has addresses, and the shortest of their times to live (RFC 1035 §3.4.1, RFC 3596 §2.2)', () => {
    const bytes = answerOf(7, 'a.test', 'A', { answers: [a('a.test', '192.0.2.1', 60), a('a.test', '192.0.2.2', 30)] })
    expect(decode(bytes)).toEqual({ kind: 'records', records: ['192.0.2.1', '192.0.2.2'], ttlSeconds: 30 })
    const six = answerOf(7, 'a.test', 'AAAA', { answers: [aaaa('a.test', '20010db8000000000000000000000001', 9)] })
    expect(decode(six, 'a.test', 'AAAA')).toEqual({ kind: 'records', records: ['2001:db8::1'], ttlSeconds: 9 })
  })

  it('has SRV records, a root target as no name (RFC 2782)', () => {
    const answers = [srv('_sip._udp.a.test', 1, 2, 5060, 'Host.a.test'), srv('_sip._udp.a.test', 0, 0, 0, '')]
    expect(decode(answerOf(7, '_sip._udp.a.test', 'SRV', { answers }), '_sip._udp.a.test', 'SRV')).toMatchObject({
      records: [
        { priority: 1, weight: 2, port: 5060, name: 'host.a.test' },
        { priority: 0, weight: 0, port: 0, name: '' },
      ],
    })
  })

  it('has NAPTR records (RFC 3403 §4.1)', () => {
    const bytes = answerOf(7, 'a.test', 'NAPTR', { answers: [naptr('a.test', 10, 20, 's', 'SIP+D2U', '_sip._udp.a.test')] })
    expect(decode(bytes, 'a.test', 'NAPTR')).toMatchObject({
      records: [{ order: 10, preference: 20, flags: 's', service: 'SIP+D2U', replacement: '_sip._udp.a.test' }],
    })
  })

  it('follows aliases, whose time to live counts as well (RFC 1034 §3.6.2)', () => {
    const answers = [a('c.test', '192.0.2.3', 300), cname('a.test', 'b.test', 20), cname('b.test', 'c.test', 40)]
    expect(decode(answerOf(7, 'a.test', 'A', { answers }))).toEqual({ kind: 'records', records: ['192.0.2.3'], ttlSeconds: 20 })
    const loop = [cname('a.test', 'b.test', 20), cname('b.test', 'a.test', 20)]
    expect(decode(answerOf(7, 'a.test', 'A', { answers: loop }))).toMatchObject({ records: [] })
  })

  it('believes nothing about names that were not asked for (RFC 2181 §5.4.1)', () => {
    expect(decode(answerOf(7, 'a.test', 'A', { answers: [a('evil.test', '192.0.2.66', 60)] }))).toMatchObject({ records: [] })
  })

  it.each([
    ['no such name', 3],
    ['no such record', 0],
  ])('says with its SOA how long there is %s (RFC 2308 §5)', (_, rcode) => {
    const authorities = [soa('test', 120, 45)]
    expect(decode(answerOf(7, 'a.test', 'A', { rcode, authorities }))).toEqual({ kind: 'records', records: [], ttlSeconds: 45 })
    expect(decode(answerOf(7, 'a.test', 'A', { rcode, authorities: [soa('test', 20, 45)] }))).toMatchObject({ ttlSeconds: 20 })
    expect(decode(answerOf(7, 'a.test', 'A', { rcode }))).toEqual({ kind: 'records', records: [], ttlSeconds: undefined })
  })

  it('may be a refusal, or cut short (RFC 1035 §4.1.1)', () => {
    expect(decode(answerOf(7, 'a.test', 'A', { rcode: 2 }))).toEqual({ kind: 'refused', rcode: 2 })
    expect(decode(answerOf(7, 'a.test', 'A', { truncated: true }))).toEqual({ kind: 'truncated' })
  })

  it('is none when it answers something else (RFC 5452 §9.1)', () => {
    const answers = [a('a.test', '192.0.2.1', 60)]
    expect(decodeAnswer(answerOf(8, 'a.test', 'A', { answers }), 7, { name: 'a.test', type: 'A' })).toBeUndefined()
    expect(decode(answerOf(7, 'b.test', 'A', { answers }))).toBeUndefined()
    expect(decode(answerOf(7, 'a.test', 'AAAA', { answers }))).toBeUndefined()
    expect(decode(encodeQuery(7, { name: 'a.test', type: 'A' })!)).toBeUndefined()
    expect(decode(answerOf(7, 'A.TEST', 'A', { answers }))).toMatchObject({ records: ['192.0.2.1'] })
  })

  it('with a time to live that is too long holds not at all (RFC 2181 §8)', () => {
    expect(decode(answerOf(7, 'a.test', 'A', { answers: [a('a.test', '192.0.2.1', 0x8000_0000)] }))).toMatchObject({ ttlSeconds: 0 })
  })

  it('reads a compressed name, but none that leads forwards or to itself (RFC 1035 §4.1.4)', () => {
    const good = Buffer.from(answerOf(7, 'a.test', 'A', { answers: [a(0xc00c, '192.0.2.1', 60)] }))
    expect(decode(good)).toMatchObject({ records: ['192.0.2.1'] })
    const at = good.indexOf(Buffer.of(0xc0, 0x0c))
    for (const pointer of [at, at + 1, at + 4, 0x3fff]) {
      const bad = Buffer.from(good)
      bad.writeUInt16BE(0xc000 | pointer, at)
      expect(decode(bad)).toBeUndefined()
    }
  })

  it('of any bytes is read quickly or not at all', () => {
    const good = answerOf(7, 'a.test', 'NAPTR', {
      answers: [naptr('a.test', 10, 20, 's', 'SIP+D2U', '_sip._udp.a.test'), cname('x.test', 'y.test', 1)],
      authorities: [soa('test', 120, 45)],
    })
    const damaged = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 }).map(changes => {
      const bytes = Buffer.from(good)
      for (const [at, value] of changes) bytes[at] = value
      return bytes
    })
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 600 })), bytes => {
        const answer = decode(bytes, 'a.test', 'NAPTR')
        return answer?.kind !== 'records' || answer.records.length <= 2
      }),
      { numRuns: 2000 },
    )
  })
})

import { parse, type SipRequest } from '@strowger/sip-parser'
import { describe, expect, test } from 'vitest'
import type { Binding } from '../../src/registrar/binding.ts'
import { Bindings } from '../../src/registrar/bindings.ts'
import { type Registered, register } from '../../src/registrar/register.ts'
import { wire } from './wire.ts'

const LIMITS = { minExpires: 60, defaultExpires: 3600, maxExpires: 7200, maxContacts: 2 }
const NOW = 1_800_000_000_000
const EDGE = '<sip:token@127.0.0.1:5060;lr>'

function request(cseq: number, headers: readonly string[], callId = 'reg-1'): SipRequest {
  return parse(
    wire(
      [
        'REGISTER sip:demo.test SIP/2.0',
        'Via: SIP/2.0/UDP 127.0.0.9:5080;branch=z9hG4bK1',
        'From: <sip:a@demo.test>;tag=1',
        'To: <sip:a@demo.test>',
        `Call-ID: ${callId}`,
        `CSeq: ${cseq} REGISTER`,
        ...headers,
      ].join('\n'),
    ),
  ) as SipRequest
}

function apply(before: readonly Binding[], cseq: number, headers: readonly string[], callId?: string, now = NOW): Registered {
  return register(request(cseq, headers, callId), 'a@demo.test', before, EDGE, LIMITS, now)
}

const contacts = (r: Registered): readonly string[] => (r.reply.headers ?? []).filter(([n]) => n === 'Contact').map(([, v]) => v)

describe('REGISTER', () => {
  const one = apply([], 1, ['Contact: <sip:a@1.2.3.4>'])

  test('binds for the default time when none is asked (RFC 3261 §10.2.1.1)', () => {
    expect(contacts(one)).toEqual(['<sip:a@1.2.3.4>;expires=3600'])
    expect(one.bindings[0]).toMatchObject({ contact: 'sip:a@1.2.3.4', expiresAt: NOW + 3_600_000, cseq: 1, path: [EDGE] })
  })

  test('the Contact parameter wins over Expires, and the limit over both (RFC 3261 §10.3 step 7)', () => {
    expect(contacts(apply([], 1, ['Contact: <sip:a@1.2.3.4>;expires=120', 'Expires: 600']))[0]).toContain('expires=120')
    expect(contacts(apply([], 1, ['Contact: <sip:a@1.2.3.4>', 'Expires: 99999']))[0]).toContain('expires=7200')
  })

  test('too brief is 423 with Min-Expires, and nothing is bound (RFC 3261 §10.3 step 7)', () => {
    const brief = apply([], 1, ['Contact: <sip:a@1.2.3.4>', 'Expires: 30'])
    expect(brief.reply).toMatchObject({ status: 423, headers: [['Min-Expires', '60']] })
    expect(brief.bindings).toEqual([])
  })

  test('without Contact lists what there is (RFC 3261 §10.2.3)', () => {
    expect(contacts(apply(one.bindings, 2, []))).toEqual(['<sip:a@1.2.3.4>;expires=3600'])
  })

  test('the same contact is refreshed, not doubled; URIs are compared as URIs (RFC 3261 §19.1.4)', () => {
    const again = apply(one.bindings, 2, ['Contact: <sip:%61@1.2.3.4>;expires=100'])
    expect(again.bindings).toHaveLength(1)
    expect(contacts(again)[0]).toContain('expires=100')
  })

  test('expires=0 removes one contact', () => {
    const two = apply(one.bindings, 2, ['Contact: <sip:b@1.2.3.4>'])
    expect(contacts(apply(two.bindings, 3, ['Contact: <sip:a@1.2.3.4>;expires=0']))).toEqual(['<sip:b@1.2.3.4>;expires=3600'])
  })

  test('* with Expires 0 removes all; * with anything else is 400 (RFC 3261 §10.3 step 6)', () => {
    expect(apply(one.bindings, 2, ['Contact: *', 'Expires: 0'])).toMatchObject({ reply: { status: 200 }, bindings: [] })
    expect(apply(one.bindings, 2, ['Contact: *', 'Expires: 60']).reply.status).toBe(400)
    expect(apply(one.bindings, 2, ['Contact: *']).reply.status).toBe(400)
    expect(apply(one.bindings, 2, ['Contact: *, <sip:b@1.2.3.4>', 'Expires: 0']).reply.status).toBe(400)
  })

  test('an older CSeq of the same Call-ID changes nothing; the same one is a repetition (RFC 3261 §10.3 step 7)', () => {
    const later = apply([], 5, ['Contact: <sip:a@1.2.3.4>'])
    expect(apply(later.bindings, 4, ['Contact: <sip:a@1.2.3.4>;expires=0'])).toMatchObject({
      reply: { status: 500 },
      bindings: later.bindings,
    })
    expect(apply(later.bindings, 5, ['Contact: <sip:a@1.2.3.4>']).reply.status).toBe(200)
    expect(apply(later.bindings, 1, ['Contact: <sip:a@1.2.3.4>;expires=0'], 'reg-2').bindings).toEqual([])
  })

  test('the same instance and reg-id replaces the contact (RFC 5626 §6)', () => {
    const first = apply([], 1, ['Contact: <sip:a@1.2.3.4>;+sip.instance="<urn:uuid:1>";reg-id=1'])
    const moved = apply(first.bindings, 1, ['Contact: <sip:a@9.9.9.9>;+sip.instance="<urn:uuid:1>";reg-id=1'], 'reg-2')
    expect(moved.bindings.map(b => b.contact)).toEqual(['sip:a@9.9.9.9'])
  })

  describe('a phone that wants to be reached by its flow', () => {
    const FLOW = 'Contact: <sip:a@1.2.3.4>;+sip.instance="<urn:uuid:1>";reg-id=1'
    const FURTHER = 'Via: SIP/2.0/UDP 10.9.8.7;branch=z9hG4bKfar'

    test.each([
      ['it comes itself', [FLOW, 'Supported: path, outbound']],
      ['the edge next to it keeps flows', [FLOW, 'Supported: path, outbound', FURTHER, 'Path: <sip:far.test;lr>, <sip:edge.test;lr;ob>']],
    ])('is told that it is: %s (RFC 5626 §6)', (_, lines) => {
      expect(apply([], 1, lines).reply).toMatchObject({ status: 200, headers: expect.arrayContaining([['Require', 'outbound']]) })
    })

    test('is told of its flow what the edge says, and no other phone is (RFC 5626 §5.4, RFC 3608 §6.3)', () => {
      const lines = (headers: readonly string[]): Registered =>
        register(request(1, headers), 'a@demo.test', [], EDGE, LIMITS, NOW, edge => [
          ['Flow-Timer', '29'],
          ['Service-Route', `${edge}`],
        ])
      const told = lines([FLOW, 'Supported: path, outbound']).reply.headers
      expect(told?.slice(1)).toEqual([
        ['Require', 'outbound'],
        ['Flow-Timer', '29'],
        ['Service-Route', EDGE],
      ])
      expect(lines([FLOW]).reply.headers).toHaveLength(1)
    })

    test.each([
      [
        'there is an edge that does not keep flows',
        [FLOW, 'Supported: path, outbound', FURTHER, 'Path: <sip:far.test;lr;ob>, <sip:edge.test;lr>'],
      ],
      ['there is one that does not say', [FLOW, 'Supported: path, outbound', FURTHER]],
    ])('is told that it cannot be: %s (RFC 5626 §6)', (_, lines) => {
      expect(apply([], 1, lines)).toEqual({ reply: { status: 439, reason: 'First Hop Lacks Outbound Support' }, bindings: [] })
    })

    test.each([
      ['no reg-id', ['Contact: <sip:a@1.2.3.4>', 'Supported: outbound', FURTHER]],
      ['no word of outbound', [FLOW, FURTHER]],
    ])('is one with a reg-id that says so; with %s nothing is required (RFC 5626 §6)', (_, lines) => {
      const { status, headers } = apply([], 1, lines).reply
      expect([status, headers?.some(([name]) => name === 'Require')]).toEqual([200, false])
    })
  })

  test('Path is kept behind our own edge (RFC 3327 §5.3)', () => {
    const pathed = apply([], 1, ['Contact: <sip:a@1.2.3.4>', 'Supported: path', 'Path: <sip:edge.test;lr>, <sip:far.test;lr>'])
    expect(pathed.bindings[0]?.path).toEqual([EDGE, '<sip:edge.test;lr>', '<sip:far.test;lr>'])
    expect(pathed.reply.headers).toContainEqual(['Path', '<sip:edge.test;lr>, <sip:far.test;lr>'])
  })

  test('a Path for a phone that does not know it is 421 (RFC 3327 §5.3)', () => {
    const unaware = apply([], 1, ['Contact: <sip:a@1.2.3.4>', 'Path: <sip:edge.test;lr>'])
    expect(unaware).toMatchObject({ reply: { status: 421, headers: [['Require', 'path']] }, bindings: [] })
  })

  test('more contacts than allowed are refused, and none is bound', () => {
    const three = apply([], 1, ['Contact: <sip:a@1.1.1.1>, <sip:a@1.1.1.2>, <sip:a@1.1.1.3>'])
    expect(three).toMatchObject({ reply: { status: 403 }, bindings: [] })
  })

  test('200 contacts are refused before they are compared', () => {
    const many = Array.from({ length: 200 }, (_, i) => `<sip:a@1.1.1.${i}>`).join(', ')
    expect(apply([], 1, [`Contact: ${many}`])).toMatchObject({ reply: { status: 403 }, bindings: [] })
    expect(apply(one.bindings, 2, [`Contact: ${many}`, 'Expires: 0'])).toMatchObject({ reply: { status: 200 }, bindings: one.bindings })
  })

  test('who has more than the limit, because it was higher, may refresh and remove', () => {
    const three = ['1', '2', '3'].flatMap(n => apply([], 1, [`Contact: <sip:a@1.1.1.${n}>`]).bindings)
    expect(apply(three, 2, ['Contact: <sip:a@1.1.1.1>']).bindings).toHaveLength(3)
    expect(apply(three, 2, ['Contact: <sip:a@1.1.1.1>;expires=0']).bindings).toHaveLength(2)
    expect(apply(three, 2, ['Contact: <sip:a@1.1.1.4>']).reply.status).toBe(403)
  })

  test.each(['Contact: <mailto:a@demo.test>', 'Contact: <sips:a@1.2.3.4>', 'Contact: <sip:a@1.2.3.4', 'Contact: <sip:a@1.2.3.4>, <<>>'])(
    '%s is 400: nobody could call it',
    line => {
      expect(apply([], 1, [line])).toMatchObject({ reply: { status: 400 }, bindings: [] })
    },
  )

  test.each([
    ['<sip:a@1.2.3.4>;expires=garbage', 'Expires: 120', 120],
    ['<sip:a@1.2.3.4>;expires=-1', 'Expires: 120', 120],
    ['<sip:a@1.2.3.4>;expires=99999999999999999999', 'Expires: 120', 7200],
    ['<sip:a@1.2.3.4>', 'Expires: garbage', 3600],
    ['<sip:a@1.2.3.4>', 'Expires: -1', 3600],
    ['<sip:a@1.2.3.4>', 'Expires: 99999999999999999999', 3600],
  ])('%s with %s lasts %i s (RFC 3261 §10.2.1.1)', (contact, expires, seconds) => {
    expect(contacts(apply([], 1, [`Contact: ${contact}`, expires]))).toEqual([`<sip:a@1.2.3.4>;expires=${seconds}`])
  })

  test.each([
    ['0.5', 0.5],
    ['1.000', 1],
    ['0', 0],
    ['1.1', 1],
    ['0x1', 1],
    ['1e-1', 1],
    ['', 1],
  ])('q=%s counts as %d (RFC 3261 §20.10)', (q, value) => {
    expect(apply([], 1, [`Contact: <sip:a@1.2.3.4>;q=${q}`]).bindings[0]?.q).toBe(value)
  })
})

test('what ran out is not found, and swept', () => {
  const bindings = new Bindings()
  bindings.set('a@demo.test', apply([], 1, ['Contact: <sip:a@1.2.3.4>;expires=60']).bindings)
  expect(bindings.of('a@demo.test', NOW + 59_999)).toHaveLength(1)
  expect(bindings.of('a@demo.test', NOW + 60_000)).toHaveLength(0)
  expect(bindings.sweep(NOW + 60_000)).toHaveLength(1)
  expect(bindings.count).toBe(0)
})

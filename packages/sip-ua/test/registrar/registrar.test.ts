import { parse, type SipRequest } from '@strowger/sip-parser'
import { describe, expect, test } from 'vitest'
import type { Binding } from '../../src/registrar/binding.ts'
import { Registrar } from '../../src/registrar/registrar.ts'
import { wire } from './wire.ts'

const NOW = 1_800_000_000_000
const AOR = 'a@demo.test'

function request(cseq: number, contact: string): SipRequest {
  const lines = ['REGISTER sip:demo.test SIP/2.0', 'Via: SIP/2.0/UDP 127.0.0.9:5080;branch=z9hG4bK1', 'From: <sip:a@demo.test>;tag=1']
  return parse(
    wire([...lines, 'To: <sip:a@demo.test>', 'Call-ID: reg-1', `CSeq: ${cseq} REGISTER`, `Contact: ${contact}`].join('\n')),
  ) as SipRequest
}

/** A registrar, and what its database was told. */
function opened() {
  const told: { before: readonly string[]; after: readonly string[] }[] = []
  const names = (bindings: readonly Binding[]): string[] => bindings.map(({ contact }) => contact)
  const registrar = new Registrar({
    limits: { maxContacts: 2 },
    changed: (_aor, before, after) => told.push({ before: names(before), after: names(after) }),
  })
  return { registrar, told }
}

describe('a registrar', () => {
  test('finds what was registered, by our edge where there is one (RFC 3261 §10.3, RFC 5626 §5.2)', () => {
    const { registrar } = opened()
    expect(registrar.register(request(1, '<sip:a@1.2.3.4>'), AOR, NOW, '<sip:edge.test;lr>').status).toBe(200)
    registrar.register(request(2, '<sip:a@5.6.7.8>'), AOR, NOW)
    expect(registrar.of(AOR, NOW).map(({ contact, path }) => [contact, path])).toEqual([
      ['sip:a@1.2.3.4', ['<sip:edge.test;lr>']],
      ['sip:a@5.6.7.8', []],
    ])
    expect(registrar.of('b@demo.test', NOW)).toEqual([])
  })

  test('tells its database what was and what is, and of what ran out with it', () => {
    const { registrar, told } = opened()
    registrar.register(request(1, '<sip:a@1.2.3.4>;expires=60'), AOR, NOW)
    registrar.register(request(2, '<sip:a@5.6.7.8>'), AOR, NOW + 60_000)
    expect(told).toEqual([
      { before: [], after: ['sip:a@1.2.3.4'] },
      { before: ['sip:a@1.2.3.4'], after: ['sip:a@5.6.7.8'] },
    ])
  })

  test('tells it nothing where nothing changed: a question, and a refusal', () => {
    const { registrar, told } = opened()
    expect(registrar.register(request(1, '<sip:a@1.2.3.4>;expires=5'), AOR, NOW).status).toBe(423)
    expect(registrar.register(request(2, '<sips:a@1.2.3.4>'), AOR, NOW).status).toBe(400)
    expect(told).toEqual([])
  })

  test('forgets what ran out, and says so', () => {
    const { registrar, told } = opened()
    registrar.register(request(1, '<sip:a@1.2.3.4>;expires=60'), AOR, NOW)
    registrar.sweep(NOW + 59_000)
    expect(registrar.bindings.count).toBe(1)
    registrar.sweep(NOW + 90_000)
    expect(registrar.bindings.count).toBe(0)
    expect(told.at(-1)).toEqual({ before: ['sip:a@1.2.3.4'], after: [] })
  })

  test('goes on with what a database kept', () => {
    const before = opened().registrar
    before.register(request(1, '<sip:a@1.2.3.4>'), AOR, NOW)
    const { registrar } = opened()
    registrar.load([...before.of(AOR, NOW), { ...before.of(AOR, NOW)[0]!, contact: 'sip:old@1.2.3.4', expiresAt: NOW }], NOW)
    expect(registrar.of(AOR, NOW)).toEqual(before.of(AOR, NOW))
    expect(registrar.register(request(0, '<sip:a@1.2.3.4>'), AOR, NOW).status).toBe(500)
  })
})

import { parse, type SipRequest } from '@strowger/sip-parser'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Binding } from '../../src/registrar/binding.ts'
import { register } from '../../src/registrar/register.ts'
import { wire } from './wire.ts'

const LIMITS = { minExpires: 60, defaultExpires: 3600, maxExpires: 7200, maxContacts: 3 }
const EDGE = '<sip:token@127.0.0.1:5060;lr>'

interface Operation {
  readonly phone: number
  readonly contacts: readonly { readonly host: number; readonly expires: number | undefined }[]
  readonly wildcard: boolean
  readonly expires: number | undefined
  /** How far the phone's CSeq moves: 0 repeats, -1 comes late. */
  readonly step: number
  readonly waitMs: number
}

const operations = fc.array(
  fc.record<Operation>({
    phone: fc.integer({ min: 0, max: 2 }),
    contacts: fc.array(
      fc.record({ host: fc.integer({ min: 0, max: 4 }), expires: fc.option(fc.constantFrom(0, 30, 60, 600, 99_999), { nil: undefined }) }),
      { maxLength: 4 },
    ),
    wildcard: fc.boolean(),
    expires: fc.option(fc.constantFrom(0, 30, 120, 8000), { nil: undefined }),
    step: fc.constantFrom(1, 1, 1, 0, -1),
    waitMs: fc.constantFrom(0, 1000, 61_000, 700_000),
  }),
  { maxLength: 20 },
)

/** What RFC 3261 §10.3 says, in the plainest words: contact → who bound it, by which CSeq, and until when. */
type Model = ReadonlyMap<string, { readonly callId: string; readonly cseq: number; readonly until: number }>

function model(before: Model, { contacts, wildcard, expires }: Operation, callId: string, cseq: number, now: number): Model | number {
  const isLate = (b: { callId: string; cseq: number } | undefined): boolean => b !== undefined && b.callId === callId && b.cseq > cseq
  if (wildcard) {
    if (contacts.length > 0 || expires !== 0) return 400
    return [...before.values()].some(isLate) ? 500 : new Map()
  }
  const asked = contacts.map(c => ({ key: `1.1.1.${c.host}`, seconds: Math.min(7200, c.expires ?? expires ?? 3600) }))
  if (asked.filter(a => a.seconds > 0).length > 3) return 403
  if (asked.some(a => a.seconds > 0 && a.seconds < 60)) return 423
  const after = new Map(before)
  for (const { key, seconds } of asked) {
    if (isLate(after.get(key))) return 500
    if (seconds === 0) after.delete(key)
    else after.set(key, { callId, cseq, until: now + seconds * 1000 })
  }
  return after.size > 3 ? 403 : after
}

function request({ contacts, wildcard, expires }: Operation, callId: string, cseq: number): SipRequest {
  const lines = contacts.map(c => `Contact: <sip:a@1.1.1.${c.host}>${c.expires === undefined ? '' : `;expires=${c.expires}`}`)
  return parse(
    wire(
      [
        'REGISTER sip:demo.test SIP/2.0',
        'Via: SIP/2.0/UDP 127.0.0.9:5080;branch=z9hG4bK1',
        'From: <sip:a@demo.test>;tag=1',
        'To: <sip:a@demo.test>',
        `Call-ID: ${callId}`,
        `CSeq: ${cseq} REGISTER`,
        ...(wildcard ? ['Contact: *'] : []),
        ...lines,
        ...(expires === undefined ? [] : [`Expires: ${expires}`]),
      ].join('\n'),
    ),
  ) as SipRequest
}

test('any sequence of REGISTERs leaves what the plain model says (RFC 3261 §10.3)', () => {
  fc.assert(
    fc.property(operations, sequence => {
      let now = 1_800_000_000_000
      let expected: Model = new Map()
      let bindings: readonly Binding[] = []
      const sequences = [10, 10, 10]
      for (const operation of sequence) {
        now += operation.waitMs
        const cseq = sequences[operation.phone]! + operation.step
        sequences[operation.phone] = Math.max(cseq, sequences[operation.phone]!)
        expected = new Map([...expected].filter(([, b]) => b.until > now))
        bindings = bindings.filter(b => b.expiresAt > now)
        const callId = `phone-${operation.phone}`
        const said = register(request(operation, callId, cseq), 'a@demo.test', bindings, EDGE, LIMITS, now)
        const after = model(expected, operation, callId, cseq, now)
        expect(said.reply.status).toBe(typeof after === 'number' ? after : 200)
        if (typeof after === 'number') expect(said.bindings).toBe(bindings)
        else expected = after
        bindings = said.bindings
        const kept = new Map(
          bindings.map(b => [b.contact.replace('sip:a@', ''), { callId: b.callId, cseq: b.cseq, until: b.expiresAt }] as const),
        )
        expect(kept).toEqual(expected)
        if (said.reply.status === 200) expect(said.reply.headers?.filter(([n]) => n === 'Contact')).toHaveLength(bindings.length)
      }
    }),
    { numRuns: 300 },
  )
})

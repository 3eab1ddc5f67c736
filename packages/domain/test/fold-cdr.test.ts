/** The record of a call, from its facts. */
import { describe, expect, test } from 'vitest'
import { type Fact, foldCdr, INTERRUPTED } from '../src/index.ts'

let seq = 0
const from = (role: string, epoch: number, wall: number, fields: object): Fact =>
  ({ call: 'c1', seq: ++seq, wall, mono: wall - epoch, role, epoch, ...fields }) as Fact
const edge = (wall: number, fields: object, epoch = 1000): Fact => from('users-proxy', epoch, wall, fields)
const app = (wall: number, fields: object, epoch = 2000): Fact => from('appserver', epoch, wall, fields)
const boot = (role: string, epoch: number): Fact => ({ ...from(role, epoch, epoch, { kind: 'boot' }), call: '' })

const tenant = { brand: 1, client: 2 }
const attempt = { kind: 'attempt', tenant, caller: '101', callee: '102', direction: 'internal', user: 7 }
const answered = [edge(5000, attempt), app(5001, attempt), app(5100, { kind: 'ringing' }), app(7000, { kind: 'answer' })]
const unheard = { jitterMs: null, roundTripMs: null, mos: null }
const media = (leg: string, packets: number, more = {}): object => ({ kind: 'media', leg, packets, bytes: packets * 172, lost: 0, ...more })

describe('a call that ended', () => {
  test('lasts from the answer to the end and names who hung up', () => {
    const cdr = foldCdr([...answered, app(17_000, { kind: 'end', by: 'callee', status: 200 })])
    expect(cdr).toEqual({
      call: 'c1',
      brandId: 1,
      clientId: 2,
      userId: 7,
      caller: '101',
      callee: '102',
      direction: 'internal',
      startMs: 5000,
      answerMs: 7000,
      endMs: 17_000,
      durationMs: 10_000,
      hungUpBy: 'callee',
      status: 200,
      legs: [],
    })
  })

  test('without an answer lasts nothing and keeps the status the caller got', () => {
    const cdr = foldCdr([edge(5000, attempt), app(5001, attempt), app(5300, { kind: 'end', by: 'callee', status: 486, cause: 'busy' })])
    expect(cdr).toMatchObject({ answerMs: null, durationMs: 0, endMs: 5300, status: 486, cause: 'busy', hungUpBy: 'callee' })
  })

  test('has one entry per leg, with what a late fact adds', () => {
    const ended = [...answered, app(17_000, { kind: 'end', by: 'caller', status: 200 })]
    const late = [edge(17_100, media('a', 500)), edge(17_101, media('b', 498, { lost: 2 }))]
    expect(foldCdr(ended)?.legs).toEqual([])
    expect(foldCdr([...ended, ...late])?.legs).toEqual([
      { leg: 'a', packets: 500, bytes: 86_000, lost: 0, ...unheard },
      { leg: 'b', packets: 498, bytes: 85_656, lost: 2, ...unheard },
    ])
  })

  test('takes the greatest count of a media session and adds up its sessions', () => {
    const counts = [media('a', 10, { session: 's' }), media('a', 500, { session: 's' }), media('a', 40, { session: 't', lost: undefined })]
    const facts = [...answered, ...counts.map(fields => edge(9000, fields)), app(17_000, { kind: 'end', by: 'caller', status: 200 })]
    expect(foldCdr(facts)?.legs).toEqual([{ leg: 'a', packets: 540, bytes: 540 * 172, lost: 0, ...unheard }])
  })

  test('says how a leg sounded at its worst, and nothing where nobody knows', () => {
    const counts = [
      media('a', 10, { session: 's', jitterMs: 3, roundTripMs: 40.5, mos: 4.3 }),
      media('a', 20, { session: 't', jitterMs: 9, mos: 4.4 }),
      media('b', 20, { session: 's', mos: 4.1 }),
    ]
    const facts = [...answered, ...counts.map(fields => edge(9000, fields)), app(17_000, { kind: 'end', by: 'caller', status: 200 })]
    expect(foldCdr(facts)?.legs).toMatchObject([
      { leg: 'a', packets: 30, jitterMs: 9, roundTripMs: 40.5, mos: 4.3 },
      { leg: 'b', packets: 20, jitterMs: null, roundTripMs: null, mos: 4.1 },
    ])
  })

  test('belongs to nobody until somebody knows to whom', () => {
    const [stranger, known] = [
      { ...attempt, tenant: { brand: 0, client: 0 } },
      { ...attempt, tenant: { brand: 1, client: 0 } },
    ]
    const refused = edge(5002, { kind: 'refused', status: 403 })
    expect(foldCdr([edge(5000, stranger), refused])).toMatchObject({ brandId: null, clientId: null })
    expect(foldCdr([edge(5000, known), edge(5001, stranger), refused])).toMatchObject({ brandId: 1, clientId: null })
    expect(foldCdr([edge(5000, attempt), edge(5001, known), refused])).toMatchObject({ brandId: 1, clientId: 2 })
  })

  test('believes the application server about who talks to whom, and the monotonic clock about how long', () => {
    const better = { ...attempt, callee: '+34910000001', direction: 'outbound', user: undefined }
    const end = { ...app(3000, { kind: 'end', by: 'caller', status: 200 }), mono: 9000 }
    expect(foldCdr([...answered, app(5002, better), end])).toMatchObject({
      callee: '+34910000001',
      direction: 'outbound',
      userId: 7,
      durationMs: 4000,
      endMs: 7000,
    })
  })
})

describe('a call that goes on', () => {
  test('has no record', () => {
    expect(foldCdr([])).toBeUndefined()
    expect(foldCdr(answered)).toBeUndefined()
    expect(foldCdr([boot('appserver', 9999)])).toBeUndefined()
  })

  test('is not ended by an edge that refused one of its branches, or started again', () => {
    expect(foldCdr([...answered, edge(8000, { kind: 'refused', status: 408 }), boot('users-proxy', 8001)])).toBeUndefined()
  })

  test('is not ended by a start of the process that owns it', () => {
    expect(foldCdr([...answered, boot('appserver', 2000), boot('appserver', 1500), boot('appserver-2', 9000)])).toBeUndefined()
  })

  test('taken over by a later epoch has an owner again', () => {
    expect(foldCdr([...answered, boot('appserver', 9000), app(9500, { kind: 'identity' }, 9000)])).toMatchObject({ cause: INTERRUPTED })
    expect(foldCdr([...answered, boot('appserver', 9000), app(9500, { kind: 'answer' }, 9000)])).toBeUndefined()
  })
})

describe('a call that was refused or interrupted', () => {
  test('refused by the edge has the status of the refusal', () => {
    const cdr = foldCdr([edge(5000, attempt), edge(5002, { kind: 'refused', status: 503, cause: 'no-appserver' })])
    expect(cdr).toMatchObject({ status: 503, cause: 'no-appserver', hungUpBy: 'platform', endMs: 5002, answerMs: null })
  })

  test("whose application server started again ends at the relay's last packet", () => {
    const facts = [
      ...answered,
      edge(60_000, media('a', 900, { lastPacket: 25_000 })),
      edge(60_000, media('b', 900, { lastPacket: 24_000 })),
    ]
    const cdr = foldCdr([...facts, boot('appserver', 30_000)])
    expect(cdr).toMatchObject({ endMs: 25_000, durationMs: 18_000, status: 200, cause: INTERRUPTED, hungUpBy: 'platform' })
  })

  test('without a packet ends when it was last spoken of', () => {
    expect(foldCdr([...answered, boot('appserver', 30_000)])).toMatchObject({ endMs: 7000, durationMs: 0, cause: INTERRUPTED })
    expect(foldCdr([edge(5000, attempt), app(5001, attempt), boot('appserver', 30_000)])).toMatchObject({ status: 503, answerMs: null })
  })

  test('known to its edge only ends with the edge, or with the application server that may have had it', () => {
    expect(foldCdr([edge(5000, attempt), boot('users-proxy', 6000)])).toMatchObject({ cause: INTERRUPTED, endMs: 5000 })
    expect(foldCdr([edge(5000, attempt), boot('appserver', 6000)])).toMatchObject({ cause: INTERRUPTED })
    expect(foldCdr([edge(5000, attempt), boot('appserver', 4000)])).toBeUndefined()
  })

  test('of which only media is known leaves no record', () => {
    expect(foldCdr([edge(5000, media('a', 5)), boot('users-proxy', 6000)])).toBeUndefined()
  })
})

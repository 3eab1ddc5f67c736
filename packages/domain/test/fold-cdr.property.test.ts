/** Whatever happens to the facts on their way, the record is the same. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Fact, foldCdr } from '../src/index.ts'

const body = fc.oneof(
  fc.record({
    kind: fc.constant('attempt'),
    tenant: fc.record({ brand: fc.nat(3), client: fc.nat(3) }),
    caller: fc.constantFrom('101', '102'),
    callee: fc.constantFrom('102', '*43', '+34600000000'),
    direction: fc.constantFrom('internal', 'outbound', 'inbound', 'service'),
  }),
  fc.constantFrom({ kind: 'ringing' }, { kind: 'answer' }, { kind: 'boot' }),
  fc.record({ kind: fc.constant('end'), by: fc.constantFrom('caller', 'callee', 'platform'), status: fc.constantFrom(200, 486, 487) }),
  fc.record({ kind: fc.constant('refused'), status: fc.constantFrom(403, 503) }),
  fc.record({
    kind: fc.constant('media'),
    leg: fc.constantFrom('a', 'b'),
    session: fc.constantFrom('s', 't'),
    packets: fc.nat(5),
    bytes: fc.nat(9000),
    lost: fc.nat(9),
    jitterMs: fc.option(fc.nat(50), { nil: undefined }),
    roundTripMs: fc.option(fc.nat(500), { nil: undefined }),
    mos: fc.option(fc.nat(4), { nil: undefined }),
    lastPacket: fc.nat(5000),
  }),
)

const head = fc.record({
  call: fc.constant('c1'),
  wall: fc.nat(5000),
  mono: fc.nat(5000),
  role: fc.constantFrom('users-proxy', 'trunks-proxy', 'appserver', 'appserver-2'),
  epoch: fc.nat(3),
})

/** Facts with distinct names: one process never uses a sequence number twice. */
const facts = fc
  .array(fc.tuple(head, body), { minLength: 1, maxLength: 12 })
  .map(pairs => pairs.map(([front, rest], index) => ({ ...front, seq: index, ...rest }) as Fact))

const disturbed = facts.chain(list =>
  fc.record({
    list: fc.constant(list),
    shuffled: fc
      .tuple(fc.shuffledSubarray(list, { minLength: list.length }), fc.array(fc.constantFrom(...list), { maxLength: 20 }))
      .map(([all, again]) => [...again.slice(0, 10), ...all, ...again.slice(10)]),
  }),
)

test('any order and any repetition of the facts folds to the same record', () => {
  fc.assert(
    fc.property(disturbed, ({ list, shuffled }) => {
      expect(foldCdr(shuffled)).toEqual(foldCdr(list))
    }),
    { numRuns: 1000 },
  )
})

test('a record never ends before it starts, nor is answered outside of it', () => {
  fc.assert(
    fc.property(facts, list => {
      const cdr = foldCdr(list)
      if (!cdr) return
      expect(cdr.endMs).toBeGreaterThanOrEqual(cdr.answerMs ?? cdr.startMs)
      expect(cdr.answerMs ?? cdr.startMs).toBeGreaterThanOrEqual(cdr.startMs)
      expect(cdr.durationMs).toBeGreaterThanOrEqual(0)
    }),
    { numRuns: 1000 },
  )
})

test('once an application server has told the end, further facts do not reopen the call', () => {
  fc.assert(
    fc.property(facts, list => {
      const end: Fact = { call: 'c1', seq: 99, wall: 100, mono: 1, role: 'appserver', epoch: 1, kind: 'end', by: 'caller', status: 200 }
      expect(foldCdr([...list, end])).toBeDefined()
    }),
    { numRuns: 300 },
  )
})

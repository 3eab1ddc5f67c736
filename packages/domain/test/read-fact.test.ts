/** Lines of a spool: facts, and everything else. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readFact } from '../src/index.ts'

const head = { call: 'c1', seq: 1, wall: 2, mono: 3, role: 'appserver', epoch: 4 }
const line = (fields: object): string => JSON.stringify({ ...head, ...fields })

test('every kind is read back as it was written', () => {
  const facts = [
    { kind: 'attempt', caller: 'a', callee: 'b', direction: 'internal', tenant: { brand: 1 }, user: 2 },
    { kind: 'ringing' },
    { kind: 'answer' },
    { kind: 'end', by: 'caller', status: 200 },
    { kind: 'refused', status: 403, cause: 'blocked' },
    { kind: 'media', leg: 'a', packets: 1, bytes: 2, lost: 0, lastPacket: 5 },
    { kind: 'media', leg: 'a', session: 's', packets: 1, bytes: 2, jitterMs: 3, roundTripMs: 40.5, mos: 4.3 },
    { kind: 'boot', call: '' },
    { kind: 'identity', name: 'Alice' },
  ]
  for (const fact of facts) expect(readFact(line(fact))).toEqual({ ...head, ...fact })
})

test('a broken line, a missing field and an unknown kind are no facts', () => {
  const lines = ['', '{', 'null', '[]', '7', line({}), line({ kind: 'toString' }), line({ kind: 'end', by: 'nobody', status: 200 })]
  lines.push(
    line({ kind: 'answer', call: '' }),
    line({ kind: 'answer', seq: '1' }),
    line({ kind: 'media', packets: 1, bytes: 2, mos: 'good' }),
    line({ kind: 'attempt', caller: 'a', callee: 'b', direction: 'up' }),
  )
  for (const text of lines) expect(readFact(text)).toBeUndefined()
})

test('no text makes it throw', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), text => void readFact(text)))
})

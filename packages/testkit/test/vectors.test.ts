/** The reader of vectors: what it reads, and what it refuses to lose. */
import { expect, test } from 'vitest'
import { readVectors } from '../src/index.ts'

const PAGE = [
  '# CSeq',
  'RFC 3261 §20.16',
  '',
  '## Leading zeros and a fold',
  'Any number of digits is allowed (RFC 3261 §7.3.1, RFC 4475 §3.1.1.1).',
  '```sip',
  'CSeq: 0009',
  '  INVITE',
  '```',
  '```json',
  '{ "sequence": 9, "method": "INVITE" }',
  '```',
  '## Too large',
  '```hex',
  '43 53',
  '65 71',
  '```',
  '```error',
  'bad-cseq',
  '```',
  '```skip',
  'not yet',
  '```',
]

test('a section is a vector: input with CRLF, expectation, clauses', () => {
  const [fold, large] = readVectors(PAGE.join('\n'))
  expect(fold).toEqual({
    title: 'Leading zeros and a fold',
    line: 4,
    clauses: ['RFC 3261 §7.3.1', 'RFC 4475 §3.1.1.1'],
    bytes: new Uint8Array(Buffer.from('CSeq: 0009\r\n  INVITE\r\n')),
    json: { sequence: 9, method: 'INVITE' },
  })
  expect(large).toMatchObject({ bytes: new Uint8Array(Buffer.from('CSeq')), error: 'bad-cseq', skip: 'not yet' })
})

test.each([
  ['a section without input', ['## Empty', '```json', '1', '```'], /no sip or hex block/],
  ['a block of an unknown kind', ['## Odd', '```sipp', '```'], /not "sipp"/],
  ['a block without an end', ['## Open', '```sip', 'x'], /no end/],
  ['a second block of one kind', ['## Twice', '```sip', '```', '```sip', '```'], /a second sip block/],
  ['a block before the first section', ['```sip', '```'], /before the first/],
])('%s is an error', (_, lines, message) => {
  expect(() => readVectors(lines.join('\n'))).toThrow(message)
})

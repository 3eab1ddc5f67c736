/** With `/node` loaded, what is read and written is what plain code reads and writes. RFC 3261 §7.3.1, §16.6. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { edit, latin1, MaxForwards, type MessageEdit, parse, RecordRoute, Route, utf8Bytes, Via } from '../src/index.ts'
import { text, uri } from './arbitraries.ts'
import { INVITE } from './sample-messages.ts'

const SEED = Date.now() % 2 ** 31
const params: ReadonlyMap<string, string> = new Map()
type Change = (message: MessageEdit) => MessageEdit
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.nat(65_535).map(
    (port): Change =>
      message =>
        message.prepend(Via, { transport: 'UDP', host: 'proxy.example', port, branch: `z9hG4bK${port}` }),
  ),
  uri.map(
    (value): Change =>
      message =>
        message.prepend(RecordRoute, { uri: value, params }),
  ),
  fc.nat(255).map(
    (value): Change =>
      message =>
        message.replace(MaxForwards, value),
  ),
  text.map(
    (value): Change =>
      message =>
        message.raw('X-Text', value),
  ),
  fc.constant<Change>(message => message.removeFirst(Route)),
  fc.constant<Change>(message => message.removeFirst(Via)),
  fc.uint8Array({ maxLength: 6000 }).map(
    (body): Change =>
      message =>
        message.body('application/octet-stream', body),
  ),
)
const request = fc
  .tuple(text, fc.constantFrom(0, 10, 4000, 5000), fc.uint8Array({ maxLength: 300 }))
  .map(([words, filling, body]) =>
    withHeaders(`X-Text: ${words}\r\nX-Long: ${'é'.repeat(filling)}\r\nRoute: <sip:a;lr>, <sip:b;lr>\r\n`, body),
  )

test('edits write the same bytes with and without fast text (RFC 3261 §16.6)', async () => {
  const cases = fc.sample(fc.tuple(request, fc.array(change, { maxLength: 5 })), { numRuns: 400, seed: SEED })
  const plain = cases.map(written)
  await import('../src/node.ts')
  const fast = cases.map(written)
  for (let i = 0; i < cases.length; i++) expect(latin1(fast[i]!), `seed ${SEED}, case ${i}`).toBe(latin1(plain[i]!))
})

function written([bytes, changes]: readonly [Uint8Array, readonly Change[]]): Uint8Array {
  const message = parse(bytes)
  if (message.kind === 'malformed') throw new Error(message.code)
  return changes.reduce((edited, next) => next(edited), edit(message)).toBytes()
}

function withHeaders(lines: string, body: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(INVITE)
  const start = text.indexOf('\r\n') + 2
  const end = text.indexOf('\r\n\r\n')
  const head = text.slice(start, end).replace(/^(content-length|l)\s*:.*(\r\n)?/gim, '')
  const header = utf8Bytes(`${text.slice(0, start)}${lines}${head.trimEnd()}\r\nContent-Length: ${body.length}\r\n\r\n`)
  return Uint8Array.from([...header, ...body])
}

/** Our own decoder and Buffer's agree. RFC 3629. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { latin1, parse, Subject, utf8 } from '../src/index.ts'
import { requestWith } from './sample-messages.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const samples = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc
    .array(fc.constantFrom(0x41, 0x7f, 0x80, 0xbf, 0xc2, 0xe0, 0xa0, 0xed, 0x9f, 0xf0, 0x90, 0xf4, 0x8f, 0xff), { maxLength: 40 })
    .map(bytes => Uint8Array.from(bytes)),
)

it('reads UTF-8 and rubbish like TextDecoder, before and after /node is installed (RFC 3629 §3)', async () => {
  const check = () =>
    fc.assert(
      fc.property(samples, bytes => {
        expect(utf8(bytes)).toBe(decoder.decode(bytes))
        expect(latin1(bytes)).toBe(Buffer.from(bytes).toString('latin1'))
      }),
      { numRuns: 2000 },
    )
  check()
  expect(utf8(new Uint8Array(10_001).fill(0x61))).toBe('a'.repeat(10_001))
  await import('../src/node.ts')
  check()
})

it('reads the same header values with /node installed', async () => {
  await import('../src/node.ts')
  for (const value of ['plain', 'naïve €', 'x'.repeat(5000)]) {
    const message = parse(requestWith(`Subject: ${value}`))
    expect(message.kind === 'request' && message.headers.get(Subject)).toBe(value)
  }
})

/** Nothing that comes from the network throws. RFC 3261 §7. Searches for STROWGER_FUZZ_MS milliseconds, 2000 by default. */
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { multipart, parse, parseUri, partsOf, StreamParser, utf8Bytes } from '../src/index.ts'
import { CORPUS } from './corpus.ts'
import { exercise } from './exercise.ts'
import { requestOf, requestWith } from './sample-messages.ts'

const BUDGET_MS = Number(process.env.STROWGER_FUZZ_MS ?? 2000)
const SHARE = 3
const options = { interruptAfterTimeLimit: BUDGET_MS / SHARE, numRuns: 100_000_000, endOnFailure: true } as const
const patience = BUDGET_MS + 20_000

const MULTIPART = multipart('mixed', [
  { type: 'application/sdp', body: utf8Bytes('v=0\r\n') },
  { type: 'text/plain', body: utf8Bytes('x'), disposition: 'render;handling=optional', id: 'a@b' },
])
const seeds: readonly Uint8Array[] = [
  ...CORPUS.map(({ bytes }) => bytes),
  Uint8Array.from([
    ...requestWith(`Content-Type: ${MULTIPART.contentType}`, `Content-Length: ${MULTIPART.body.length}`).slice(0, -5),
    ...MULTIPART.body,
  ]),
]

const MEANINGFUL = [
  '\r\n',
  '\r\n ',
  ',',
  ';',
  '"',
  '<',
  '>',
  '\\',
  ':',
  '\r',
  '%',
  '\r\n\r\n',
  '--part_1_',
  '=',
  '@',
  '[',
  '(',
  '\xc3',
  '\0',
]
type Change = readonly [place: number, kind: number, byte: number]
const changes = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(MEANINGFUL.length + 3), fc.nat(255)), {
  minLength: 1,
  maxLength: 8,
})

/** A sound or broken message with some bytes cut, doubled, or replaced by ones that mean something. */
const mutant: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.constantFrom(...seeds), changes)
  .map(([seed, made]) => made.reduce<Uint8Array>((bytes, one) => change(bytes, one), seed))

function change(bytes: Uint8Array, [place, kind, byte]: Change): Uint8Array {
  const at = Math.floor(place * bytes.length)
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)]
  if (kind < MEANINGFUL.length) return joined(head, Buffer.from(MEANINGFUL[kind]!, 'latin1'), tail.subarray(byte & 1))
  if (kind === MEANINGFUL.length) return joined(head, tail.subarray(byte & 15))
  if (kind === MEANINGFUL.length + 1) return joined(head, tail.subarray(0, byte), tail)
  return joined(head, Uint8Array.of(byte), tail.subarray(byte & 1))
}

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

describe('rubbish never throws, and no view of it does', () => {
  it(
    'whole (RFC 3261 §7)',
    () => {
      fc.assert(
        fc.property(mutant, bytes => exercise(parse(bytes))),
        options,
      )
    },
    patience,
  )

  it(
    'in a stream of several, cut anywhere (RFC 3261 §18.3)',
    () => {
      const stream = fc.tuple(
        fc.array(fc.oneof(mutant, fc.constant(utf8Bytes('\r\n\r\n'))), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 700 }),
      )
      fc.assert(
        fc.property(stream, ([pieces, size]) => {
          const bytes = joined(...pieces)
          const parser = new StreamParser()
          for (let at = 0; at < bytes.length; at += size) {
            parser.push(bytes.subarray(at, at + size))
            for (let next = parser.next(); next !== undefined; next = parser.next()) exercise(next)
          }
        }),
        options,
      )
    },
    patience,
  )

  it(
    'as a URI or a multipart body (RFC 3261 §19.1, RFC 2046 §5.1)',
    () => {
      const text = fc.string({ unit: fc.constantFrom(...'sip:telurn@[]:;=?&%4190./-+x"<># é'), maxLength: 40 })
      const body = fc.string({
        unit: fc.constantFrom('--', 'cut', '\r\n', ' ', 'Content-Type: ', 'multipart/mixed', ';boundary=cut', 'x', ':'),
        maxLength: 30,
      })
      const message = requestOf(requestWith('Content-Type: multipart/mixed;boundary=cut'))
      fc.assert(
        fc.property(text, body, (uri, parts) => {
          parseUri(uri)
          const holder = { headers: message.headers, body: utf8Bytes(parts) }
          for (let read = partsOf(holder); read.kind === 'parts' && read.parts.length > 0; read = partsOf(read.parts[0]!))
            if (read.subtype === '') break
        }),
        options,
      )
    },
    patience,
  )
})

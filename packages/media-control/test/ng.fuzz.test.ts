/** NG from a sender of rubbish: nothing throws, nothing grows beyond its bound, and time grows with length only. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type BValue, bdecode, bencode, bytesOf, NgFrames, NgServer, readBody, readCommand } from '../src/index.ts'

/** Pieces of the protocol in any order: nearer to what is read than random bytes. */
const piece = fc.oneof(
  fc.constantFrom(
    'd',
    'l',
    'i',
    'e',
    '0:',
    '7:command',
    '5:offer',
    '4:ping',
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    '\\u12',
    ':',
    ',',
    'i-0e',
    '99999999999:',
    '3:',
  ),
  fc.constantFrom('7:call-id', '8:from-tag', '3:sdp', '5:flags', 'null', 'true', '1e999', '"command"', '"ping"', 'd7:command4:pinge'),
  fc.uint8Array({ maxLength: 8 }).map(bytes => String.fromCharCode(...bytes)),
)
const rubbish = fc.array(piece, { maxLength: 60 }).map(parts => bytesOf(parts.join('')))

test('bencode and JSON: a value or a fault, and what is read can be written again', () => {
  fc.assert(
    fc.property(rubbish, bytes => {
      const decoded = bdecode(bytes)
      if (decoded.kind === 'value') expect(bdecode(bencode(shallow(decoded.value)))).toMatchObject({ kind: 'value' })
      else expect(decoded.offset).toBeLessThanOrEqual(bytes.length)
      const body = readBody(bytes)
      if (body.kind === 'body') readCommand(body.value)
    }),
    { numRuns: 3000 },
  )
})

/** Integers beyond 2^53 are read, not written. */
function shallow(value: BValue): BValue {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : 0
  if (typeof value === 'string' || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(shallow)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, item === undefined ? undefined : shallow(item)]))
}

test('a server answers or ignores, whatever comes', () => {
  const server = new NgServer({ maxKept: 10 })
  fc.assert(
    fc.property(rubbish, fc.boolean(), (bytes, cookie) => {
      const input = server.receive(cookie ? bytesOf(`c ${String.fromCharCode(...bytes)}`) : bytes, 'x', 0)
      expect(['command', 'reply', 'ignored']).toContain(input.kind)
      expect(server.counts().kept).toBeLessThanOrEqual(10)
    }),
    { numRuns: 2000 },
  )
})

test('a stream is cut alike however it arrives, and holds no more than a message', () => {
  const stream = fc.array(fc.oneof(rubbish, fc.constant(bytesOf('c d7:command4:pinge\n')), fc.constant(bytesOf('c {"a":["}"]}'))), {
    maxLength: 6,
  })
  fc.assert(
    fc.property(stream, fc.integer({ min: 1, max: 9 }), (parts, size) => {
      const whole = bytesOf(parts.map(part => String.fromCharCode(...part)).join(''))
      const [once, pieces] = [new NgFrames({ maxBytes: 500 }), new NgFrames({ maxBytes: 500 })]
      const atOnce = once.push(whole)
      const inPieces: Uint8Array[] = []
      for (let at = 0; at < whole.length; at += size) inPieces.push(...pieces.push(whole.subarray(at, at + size)))
      expect(inPieces.slice(0, atOnce.length)).toEqual(atOnce.slice(0, inPieces.length))
      for (const message of [...atOnce, ...inPieces]) expect(message.length).toBeLessThanOrEqual(500)
    }),
    { numRuns: 1500 },
  )
})

test('the largest messages of the worst kinds are read, and none larger', () => {
  const size = 65_000
  const worst = [
    'd'.repeat(size),
    'l'.repeat(size),
    'i'.repeat(size),
    '1:'.repeat(size / 2),
    `{"a":${'['.repeat(size)}`,
    `{"a":"${'\\u0041'.repeat(10_000)}"}`,
  ]
  for (const text of worst) {
    expect(readBody(bytesOf(text)).kind).toMatch(/body|malformed/)
    expect(bdecode(bytesOf(text), { maxBytes: 10 })).toMatchObject({ kind: 'malformed', code: 'too-large' })
  }
})

/** Nothing that comes from the network throws, or takes more than linear time. RFC 3261 §7. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ContentLength,
  edit,
  MaxForwards,
  newRequest,
  PARSE_ERRORS,
  type Parsed,
  parse,
  Route,
  responseTo,
  type SipRequest,
  StreamParser,
  Via,
} from '../src/index.ts'
import { HEADER_DEFS } from './header-defs.ts'
import { INVITE, requestWith } from './sample-messages.ts'
import { readVectors } from './vector-reader.ts'

const BUDGET_MS = 3000
const seeds = [INVITE, ...readVectors('messages.md').vectors.map(({ bytes }) => bytes)]

/** A sound or broken message with some bytes cut, doubled, or replaced by ones that mean something. */
const mutant: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.constantFrom(...seeds),
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(12), fc.nat(255)), { minLength: 1, maxLength: 8 }),
  )
  .map(([seed, changes]) => changes.reduce(change, seed))

function change(bytes: Uint8Array, [place, kind, byte]: readonly [number, number, number]): Uint8Array {
  const at = Math.floor(place * bytes.length)
  const piece = kind < MEANINGFUL.length ? Buffer.from(MEANINGFUL[kind]!, 'latin1') : Uint8Array.of(byte)
  if (kind === 12) return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + (byte & 15))])
  return Uint8Array.from([...bytes.subarray(0, at), ...piece, ...bytes.subarray(at + (byte & 1))])
}

const MEANINGFUL = ['\r\n', '\r\n ', ',', ';', '"', '<', '>', '\\', ':', '\r', '%']

describe('rubbish', () => {
  it('never throws, whole or in a stream, and a view of it never does either', () => {
    fc.assert(
      fc.property(mutant, bytes => {
        exercise(parse(bytes))
        const stream = new StreamParser()
        for (let at = 0; at < bytes.length; at += 37) stream.push(bytes.subarray(at, at + 37))
        for (let next = stream.next(); next !== undefined; next = stream.next())
          if (next.kind !== 'ping' && next.kind !== 'pong') exercise(next)
      }),
      { interruptAfterTimeLimit: BUDGET_MS, numRuns: 20_000, endOnFailure: true },
    )
  })

  it.each(
    Object.entries({
      quotes: '"',
      brackets: '<',
      commas: ',',
      'commas and blanks': ' , ',
      semicolons: ';',
      parameters: ';a=b',
      'parameters of many names': (i: number) => `;a${i}=b`,
      backslashes: '"\\',
      parentheses: '(',
      blanks: ' ',
      folds: '\r\n ',
      'blanks and folds': '   \r\n ',
      percents: '%41',
      ats: '@',
      colons: ':',
      'URIs without end': '<sip:a,',
      'header lines': '\r\nX: y',
      Vias: '\r\nVia: SIP/2.0/UDP a',
      'empty Routes': '\r\nRoute:',
      'bytes beyond ASCII': '\xc3\xa9',
    }),
  )('60 kB of %s take linear time in every header', (_, unit) => {
    let value = 'x'
    for (let i = 0; value.length < 60_000; i++) value += typeof unit === 'string' ? unit : unit(i)
    for (const start of ['Contact: <sip:a@b>', 'From: ', 'Subject: ', 'Authorization: Digest a="', 'Via: SIP/2.0/UDP a;']) {
      const bytes = requestWith(start + value)
      const started = performance.now()
      exercise(parse(bytes, { headerCount: 100_000, messageBytes: 200_000 }))
      expect(performance.now() - started).toBeLessThan(1500)
    }
  })
})

/** Reads all there is to read, edits, answers. */
function exercise(message: Parsed): void {
  const readable = message.kind === 'malformed' ? message.answerable : message
  if (message.kind === 'malformed') expect(message.offset).toBeGreaterThanOrEqual(0)
  if (readable === undefined) return
  for (const def of HEADER_DEFS) {
    readable.headers.readAll(def)
    readable.headers.read(def)
    const value = readable.headers.get(def)
    if (value !== undefined && def !== ContentLength) expect(newRequest('A', 'sip:a').append(def, value).get(def)).toEqual(value)
  }
  for (const { name } of readable.headers) readable.headers.has({ ...HEADER_DEFS[0]!, name })
  expect(readable.body.length).toBeLessThanOrEqual(readable.wire.length)
  if (message.kind === 'malformed') {
    const response = responseTo(readable as SipRequest, PARSE_ERRORS[message.code].status, { toTag: 'x' }).toBytes()
    expect(Buffer.from(response).toString('latin1').replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    return
  }
  const edited = edit(message).replace(MaxForwards, 3).removeFirst(Route).prepend(Via, { transport: 'UDP', host: 'a' }).toBytes()
  expect(parse(edited, { headerCount: 100_000, messageBytes: 200_000 }).kind).toBe(message.kind)
}

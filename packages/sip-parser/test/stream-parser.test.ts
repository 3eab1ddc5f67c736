/** Messages out of a stream, cut every way. RFC 3261 §18.3, RFC 5626 §4.4.1. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CallId, type KeepAlive, type Parsed, StreamParser } from '../src/index.ts'
import { bytesOf, INVITE, requestWith, textOf } from './sample-messages.ts'

const CRLF = bytesOf('', '')
const SECOND = requestWith('Call-ID: second')
const BROKEN_VIA = requestWith('Via: nonsense')

describe('StreamParser', () => {
  const cases: readonly (readonly [string, Uint8Array, readonly string[]])[] = [
    ['one message', INVITE, ['request 5f3c9b2e@192.0.2.10']],
    ['two messages in a row', join(INVITE, SECOND), ['request 5f3c9b2e@192.0.2.10', 'request second']],
    ['a malformed one between', join(SECOND, BROKEN_VIA, SECOND), ['request second', 'bad-via', 'request second']],
    ['no Content-Length', withoutLength(INVITE), ['content-length', 'broken']],
    ['two Content-Lengths', requestWith('Content-Length: 5', 'l: 5'), ['repeated-header', 'broken']],
    ['a Content-Length that is no number', requestWith('Content-Length: x'), ['content-length', 'broken']],
  ]
  for (const [title, bytes, expected] of cases) {
    it(`reads ${title}: whole, byte by byte, and with more behind`, () => {
      expect(feed([bytes])).toEqual(expected)
      expect(feed(Array.from(bytes, byte => Uint8Array.of(byte)))).toEqual(expected)
      if (!expected.includes('broken')) expect(feed([join(bytes, INVITE.subarray(0, 40))])).toEqual(expected)
    })
  }

  it('tells a ping from a pong (RFC 5626 §4.4.1)', () => {
    expect(feed([CRLF])).toEqual(['pong'])
    expect(feed([join(CRLF, CRLF)])).toEqual(['ping'])
    expect(feed([CRLF, CRLF])).toEqual(['pong', 'ping'])
    expect(feed([CRLF, SECOND, CRLF, CRLF, SECOND])).toEqual(['pong', 'request second', 'pong', 'ping', 'request second'])
    expect(feed([Uint8Array.of(13), Uint8Array.of(10, 13), join(Uint8Array.of(10), SECOND)])).toEqual(['pong', 'ping', 'request second'])
  })

  it('takes a CR or LF that stands alone for no keep-alive (RFC 3261 §7.5)', () => {
    for (const first of [13, 10]) expect(feed([Uint8Array.of(first), SECOND])).toEqual(['start-line'])
  })

  it('gives up on a header without end and on a body beyond the limit', () => {
    const endless = new Uint8Array(3000).fill(65)
    expect(feed([endless], { messageBytes: 2000 })).toEqual(['start-line', 'broken'])
    expect(feed([join(INVITE.subarray(0, 100), endless)], { messageBytes: 2000 })).toEqual(['too-large', 'broken'])
    expect(feed([requestWith('Content-Length: 65000')], { messageBytes: 2000 })).toEqual(['too-large', 'broken'])
    expect(feed([INVITE], { headerCount: 5 })).toEqual(['too-large', 'broken'])
  })

  it('looks at each byte once, however slowly they come', () => {
    const long = requestWith(`X-Long: ${'x'.repeat(60_000)}`)
    const started = performance.now()
    expect(feed(Array.from(long, byte => Uint8Array.of(byte)))).toEqual(['request 5f3c9b2e@192.0.2.10'])
    expect(performance.now() - started).toBeLessThan(2000)
  })

  it('owns the bytes it hands out', () => {
    const chunk = INVITE.slice()
    const parser = new StreamParser()
    parser.push(chunk)
    const message = parser.next() as Parsed
    chunk.fill(0)
    parser.push(SECOND)
    parser.next()
    if (message.kind !== 'request') throw new Error(message.kind)
    expect(textOf(message.wire)).toBe(textOf(INVITE))
  })

  it('gives the same messages for every way to cut the stream', () => {
    const stream = join(INVITE, SECOND, BROKEN_VIA, INVITE, SECOND)
    const expected = feed([stream])
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 40 }), sizes => {
        expect(feed(cut(stream, sizes))).toEqual(expected)
      }),
      { numRuns: 100 },
    )
  })
})

function feed(chunks: readonly Uint8Array[], limits?: { messageBytes?: number; headerCount?: number }): string[] {
  const parser = new StreamParser(limits)
  const seen: string[] = []
  for (const chunk of chunks) {
    parser.push(chunk)
    for (let next = parser.next(); next !== undefined; next = parser.next()) seen.push(describeOutput(next))
  }
  if (parser.broken) seen.push('broken')
  return seen
}

function describeOutput(output: Parsed | KeepAlive): string {
  if (output.kind === 'malformed') return output.code
  return output.kind === 'ping' || output.kind === 'pong' ? output.kind : `${output.kind} ${output.headers.get(CallId)}`
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  let at = 0
  for (const size of sizes) {
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  return [...chunks, bytes.subarray(at)]
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(part => [...part]))
}

function withoutLength(bytes: Uint8Array): Uint8Array {
  return bytesOf(
    ...textOf(bytes)
      .split('\r\n')
      .filter(line => !line.startsWith('Content-Length')),
  )
}

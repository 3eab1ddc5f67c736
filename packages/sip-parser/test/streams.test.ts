/** Runs `vectors/streams.md`, and all other messages as streams: whole, byte by byte, with more behind. RFC 3261 §18.3, RFC 5626 §4.4.1. */
import { describe, expect, it } from 'vitest'
import { CallId, type KeepAlive, type Limits, type Parsed, StreamParser, utf8Bytes } from '../src/index.ts'
import { CORPUS } from './corpus.ts'
import { readVectors } from './vector-reader.ts'

interface Expected {
  readonly outputs: readonly string[]
  readonly limits?: Limits
}

const NEXT = utf8Bytes('OPTIONS sip:next')

describe('Streams', () => {
  for (const vector of readVectors('streams.md').vectors) {
    it(vector.name, () => {
      const { outputs, limits } = vector.json as Expected
      expect(feed([vector.bytes], limits)).toEqual(outputs)
      expect(feed([joined(vector.bytes, NEXT)], limits)).toEqual(outputs)
      expect(withoutPongs(feed(singly(vector.bytes), limits))).toEqual(outputs)
    })
  }

  it('reads every vector the same whole, byte by byte, and with more behind (RFC 3261 §18.3)', () => {
    for (const { title, bytes } of CORPUS) {
      const whole = feed([bytes])
      expect([title, ...withoutPongs(feed(singly(bytes)))]).toEqual([title, ...whole])
      const more = feed([joined(bytes, bytes)])
      expect([title, ...more.slice(0, whole.length)]).toEqual([title, ...whole])
    }
  })

  it('takes no more once it is broken (RFC 3261 §21.4.11)', () => {
    const parser = new StreamParser()
    const outputs: string[] = []
    for (let i = 0; i < 2000; i++) {
      parser.push(new Uint8Array(1000).fill(65))
      for (let next = parser.next(); next !== undefined; next = parser.next()) outputs.push(nameOf(next))
    }
    expect([outputs, parser.broken]).toEqual([['start-line'], true])
  })
})

function feed(chunks: readonly Uint8Array[], limits?: Limits): string[] {
  const parser = new StreamParser(limits)
  const seen: string[] = []
  for (const chunk of chunks) {
    parser.push(chunk)
    for (let next = parser.next(); next !== undefined; next = parser.next()) seen.push(nameOf(next))
  }
  return parser.broken ? [...seen, 'broken'] : seen
}

function nameOf(output: Parsed | KeepAlive): string {
  if (output.kind === 'malformed') return output.code
  return output.kind === 'ping' || output.kind === 'pong' ? output.kind : output.headers.get(CallId)!
}

/** A ping that is cut in two reads as a pong and then a ping. */
const withoutPongs = (outputs: readonly string[]): string[] => outputs.filter((output, i) => output !== 'pong' || outputs[i + 1] !== 'ping')
const singly = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, byte => Uint8Array.of(byte))
const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

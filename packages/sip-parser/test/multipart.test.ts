/** Runs `vectors/multipart.md`; writes multiparts and reads them back. RFC 2046 §5.1, RFC 5621. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type BodyHolder,
  bodyOf,
  ContentId,
  dispositionOf,
  edit,
  multipart,
  type NewPart,
  partOf,
  partsOf,
  type SipRequest,
  typeOf,
  unsupportedBody,
  utf8Bytes,
} from '../src/index.ts'
import { INVITE, requestOf, requestWith, textOf } from './sample-messages.ts'
import { readVectors } from './vector-reader.ts'

interface Expected {
  readonly subtype?: string
  readonly parts?: readonly ExpectedPart[]
  readonly error?: string
  readonly sdp?: string | null
  readonly unsupported?: string | null
  readonly preamble?: string
  readonly epilogue?: string
}

interface ExpectedPart {
  readonly type: string
  readonly parts?: readonly ExpectedPart[]
}

describe('Multipart bodies', () => {
  for (const vector of readVectors('multipart.md').vectors) {
    it(vector.name, () => {
      const message = withBody(vector.bytes)
      const expected = vector.json as Expected
      const read = partsOf(message)
      if (expected.error !== undefined) expect(read).toMatchObject({ kind: 'malformed', code: expected.error })
      if (read.kind === 'malformed') {
        expect([read.code, bodyOf(message, 'application/sdp')]).toEqual([expected.error, undefined])
        return
      }
      expect(read.subtype).toBe(expected.subtype)
      expect(read.parts.map((part, i) => summary(part, expected.parts![i]))).toEqual(expected.parts)
      for (const name of ['preamble', 'epilogue'] as const)
        if (expected[name] !== undefined) expect(textOf(read[name])).toBe(expected[name])
      if (expected.sdp !== undefined) expect(firstLine(bodyOf(message, 'application/sdp'))).toBe(expected.sdp)
      if (expected.unsupported !== undefined)
        expect(unsupportedBody(message, ['application/sdp', 'text/plain']) ?? null).toBe(expected.unsupported)
    })
  }

  it('are views: nothing is copied (RFC 2046 §5.1.1)', () => {
    const message = withBody(utf8Bytes('Content-Type: multipart/mixed;boundary=cut\r\n\r\n--cut\r\n\r\none\r\n--cut--'))
    expect(partOf(message, 'text/plain')!.body.buffer).toBe(message.wire.buffer)
  })

  it('a message without a body has no parts (RFC 3261 §7.4)', () => {
    const message = edit(requestOf(INVITE)).body(undefined).toMessage()
    expect(partsOf(message)).toMatchObject({ kind: 'parts', subtype: '', parts: [] })
    expect([bodyOf(message, 'application/sdp'), unsupportedBody(message, []), typeOf(message)]).toEqual([undefined, undefined, ''])
  })

  it('a body that is packed is not taken for plain (RFC 3261 §20.12)', () => {
    const packed = requestOf(requestWith('Content-Encoding: gzip'))
    expect(bodyOf(packed, 'application/sdp')).toBeUndefined()
    expect(textOf(bodyOf(requestOf(INVITE), 'application/sdp')!)).toBe('v=0\r\n')
  })

  it('under two Content-Types are malformed: others may read the other one (RFC 3261 §7.3.1)', () => {
    const two = requestOf(requestWith('Content-Type: application/sdp', 'c: text/plain'))
    expect([partsOf(two), bodyOf(two, 'application/sdp')]).toEqual([{ kind: 'malformed', code: 'content-type', offset: 0 }, undefined])
    expect(unsupportedBody(two, ['application/sdp', 'text/plain'])).toBe('application/sdp')
  })

  it('in more than eight of each other, or with more than 64 parts, are malformed (RFC 5621 §9)', () => {
    const nested = (depth: number): NewPart =>
      depth === 0 ? { type: 'application/sdp', body: utf8Bytes('v=0') } : wrapped(multipart('mixed', [nested(depth - 1)]))
    expect(textOf(bodyOf(holding(nested(8)), 'application/sdp')!)).toBe('v=0')
    expect(bodyOf(holding(nested(9)), 'application/sdp')).toBeUndefined()
    const many = (count: number): SipRequest => holding(wrapped(multipart('mixed', new Array<NewPart>(count).fill(nested(0)))))
    expect(partsOf(many(64)).kind).toBe('parts')
    expect(partsOf(many(65))).toMatchObject({ kind: 'malformed', code: 'too-many' })
  })

  it('come back as they were written, whatever is in them (RFC 2046 §5.1.1)', () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), boundaryLike.map(utf8Bytes))
    const part = fc.record(
      { type: fc.constantFrom('application/sdp', 'text/plain;charset=utf-8'), body: bytes, id: fc.constantFrom('a@b', 'c@d') },
      { requiredKeys: ['type', 'body'] },
    )
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), fc.constantFrom('mixed', 'related', 'alternative'), (parts, subtype) => {
        const inner = wrapped(multipart(subtype, parts))
        const outer = holding(wrapped(multipart('mixed', [inner, ...parts])))
        const read = partsOf(outer)
        if (read.kind === 'malformed') throw new Error(read.code)
        expect(read.parts.slice(1).map(essence)).toEqual(parts.map(written))
        const again = partsOf(read.parts[0]!)
        expect(again.kind === 'parts' && again.parts.map(essence)).toEqual(parts.map(written))
      }),
      { numRuns: 300 },
    )
  })

  it('a value can never start a line (RFC 3261 §7.3.1)', () => {
    const body = utf8Bytes('x')
    for (const evil of [{ type: 'a/b\r\nX: y' }, { type: 'a/b', id: 'a\r\nX: y' }, { type: 'a/b', disposition: 'render\n' }])
      expect(() => multipart('mixed', [{ body, ...evil }])).toThrow(TypeError)
    expect(() => multipart('mixed', [{ body, type: 'a/b', headers: [['X', 'y\r\nZ: w']] }])).toThrow(TypeError)
    expect(() => multipart('mixed', [{ body, type: 'a/b', headers: [['X: y\r\nZ', 'w']] }])).toThrow(TypeError)
    expect(() => multipart('mixed;x=y', [{ body, type: 'a/b' }])).toThrow(TypeError)
    expect(() => multipart('mixed', [])).toThrow(TypeError)
  })

  it('name the type of the root, and carry what else is asked for (RFC 2387 §3.1)', () => {
    const part: NewPart = { type: 'application/sdp', body: utf8Bytes('v=0'), disposition: 'session', headers: [['Content-Language', 'de']] }
    const { contentType, body } = multipart('related', [part])
    expect(contentType).toBe('multipart/related;type="application/sdp";boundary=part_1_')
    expect(textOf(body)).toBe(
      '--part_1_\r\nContent-Type: application/sdp\r\nContent-Disposition: session\r\nContent-Language: de\r\n\r\nv=0\r\n--part_1_--\r\n',
    )
  })
})

/** Text that looks like boundaries of ours. */
const boundaryLike = fc
  .array(fc.constantFrom('--', 'part_', '--part_', '1', '2', '12', '_', '\r\n', '--part_1_', '--part_2_--', 'x', '99999999999999999999'), {
    maxLength: 12,
  })
  .map(pieces => pieces.join(''))

const wrapped = ({ contentType, body }: { contentType: string; body: Uint8Array }): NewPart => ({ type: contentType, body })
const holding = ({ type, body }: NewPart): SipRequest => edit(requestOf(INVITE)).body(type, body).toMessage() as SipRequest
const essence = (part: BodyHolder): unknown => [part.headers.raw('Content-Type')[0], [...part.body], part.headers.get(ContentId)]
const written = (part: NewPart): unknown => [part.type, [...part.body], part.id]
const firstLine = (body: Uint8Array | undefined): string | null => (body === undefined ? null : textOf(body).split('\r\n')[0]!)

/** A request with the Content-Type line and body of a vector. */
function withBody(bytes: Uint8Array): SipRequest {
  const text = Buffer.from(bytes).toString('latin1')
  const empty = text.indexOf('\r\n\r\n')
  return edit(requestOf(INVITE))
    .body(text.slice('Content-Type: '.length, empty), bytes.subarray(empty + 4))
    .toMessage() as SipRequest
}

/** Of a part, what `expected` names. */
function summary(part: BodyHolder, expected: ExpectedPart | undefined): unknown {
  const read = partsOf(part)
  const { type: disposition, handling } = dispositionOf(part)
  const all = {
    type: typeOf(part),
    disposition,
    handling,
    id: part.headers.get(ContentId),
    text: textOf(part.body),
    parts: read.kind === 'parts' && read.subtype !== '' ? read.parts.map((inner, i) => summary(inner, expected?.parts?.[i])) : read.kind,
  }
  return Object.fromEntries(Object.entries(all).filter(([name]) => name in (expected ?? {})))
}

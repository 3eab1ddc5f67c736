/** bencode: strictness, round trips, and bytes that are none. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type BDecoded,
  type BencodeLimits,
  type BValue,
  bdecode,
  bencode,
  bytesOf,
  isDict,
  latin1,
  readBody,
  writeBody,
} from '../src/index.ts'

const decode = (text: string, limits?: BencodeLimits): BDecoded => bdecode(bytesOf(text), limits)
const byteString = fc.uint8Array({ maxLength: 40 }).map(latin1)
const { value: anyValue } = fc.letrec<{ value: BValue }>(tie => ({
  value: fc.oneof(
    { maxDepth: 5 },
    byteString,
    fc.maxSafeInteger().map(number => number + 0),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(byteString, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
}))

describe('bdecode', () => {
  test.each<[string, BValue]>([
    ['i0e', 0],
    ['i-42e', -42],
    ['0:', ''],
    ['4:a:bc', 'a:bc'],
    ['le', []],
    ['de', {}],
    ['d1:ali1e2:bcee', { a: [1, 'bc'] }],
    ['d1:b1:x1:a1:ye', { b: 'x', a: 'y' }],
    ['i18446744073709551615e', 2 ** 64],
  ])('%s is read', (text, value) => {
    expect(decode(text)).toEqual({ kind: 'value', value })
  })

  test.each([
    ['', 'truncated', 0],
    ['i1', 'bad-integer', 0],
    ['ie', 'bad-integer', 0],
    ['i01e', 'bad-integer', 0],
    ['i-0e', 'bad-integer', 0],
    ['i1.5e', 'bad-integer', 0],
    ['i123456789012345678901e', 'bad-integer', 0],
    ['03:abc', 'bad-length', 0],
    ['3abc', 'bad-length', 0],
    ['999999999:a', 'bad-length', 0],
    ['4:abc', 'truncated', 0],
    ['l', 'truncated', 1],
    ['d1:a', 'truncated', 4],
    ['d1:ae', 'unknown-type', 4],
    ['di1ei2ee', 'bad-key', 1],
    ['d1:ai1e1:ai2ee', 'bad-key', 7],
    ['x', 'unknown-type', 0],
    ['i1ei2e', 'trailing-bytes', 3],
    ['i1e\n', 'trailing-bytes', 3],
  ])('%j is %s at byte %i', (text, code, offset) => {
    expect(decode(text)).toEqual({ kind: 'malformed', code, offset })
  })

  test('depth and size are bounded', () => {
    expect(decode(`${'l'.repeat(32)}${'e'.repeat(32)}`)).toMatchObject({ kind: 'value' })
    expect(decode('l'.repeat(60_000))).toEqual({ kind: 'malformed', code: 'too-deep', offset: 32 })
    expect(decode('llee', { maxDepth: 1 })).toMatchObject({ code: 'too-deep' })
    expect(bdecode(new Uint8Array(5_000_000))).toMatchObject({ code: 'too-large' })
  })

  test('no key of the sender is special', () => {
    const { value } = decode('d9:__proto__d5:admini1eee') as { value: { admin?: number } }
    expect([value.admin, Object.keys(value), ({} as { admin?: number }).admin]).toEqual([undefined, ['__proto__'], undefined])
  })

  test('no bytes make it throw', () => {
    const near = fc.tuple(anyValue, fc.nat(), fc.nat(255)).map(([value, at, byte]) => {
      const bytes = bencode(value)
      bytes[at % bytes.length] = byte
      return bytes
    })
    const noise = fc.oneof(fc.uint8Array({ maxLength: 200 }), near, fc.stringMatching(/^[dile0-9:-]{0,60}$/).map(bytesOf))
    fc.assert(
      fc.property(noise, bytes => {
        const decoded = bdecode(bytes)
        readBody(bytes)
        // Nothing is read that is not written as long again, integers beyond 2^53 aside.
        if (decoded.kind === 'value' && !/\d{16}/.test(latin1(bytes))) expect(bencode(decoded.value)).toHaveLength(bytes.length)
      }),
      { numRuns: 20_000, interruptAfterTimeLimit: 3000, markInterruptAsFailure: false },
    )
  })
})

describe('bencode', () => {
  test('what is written is read again', () => {
    fc.assert(fc.property(anyValue, value => void expect(bdecode(bencode(value))).toEqual({ kind: 'value', value })))
  })

  test('what is written as JSON is read again', () => {
    fc.assert(
      fc.property(fc.dictionary(byteString, anyValue, { noNullPrototype: true }), value => {
        expect(readBody(writeBody(value, 'json'))).toEqual({ kind: 'body', format: 'json', value })
      }),
    )
  })

  test('bytes and absent values are written, wide text as UTF-8', () => {
    expect(latin1(bencode({ a: new Uint8Array([0xff]), b: undefined, c: 'é', d: '€\u{1f600}' }))).toBe(
      'd1:a1:\xff1:c1:\xe91:d7:\xe2\x82\xac\xf0\x9f\x98\x80e',
    )
    expect(latin1(bytesOf('\ud800€'))).toBe('\xef\xbf\xbd\xe2\x82\xac')
    expect(bytesOf('ż€\u{10ffff}')).toEqual(new Uint8Array(Buffer.from('ż€\u{10ffff}')))
  })

  test.each([0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])('%d cannot be written', number => {
    expect(() => bencode(number)).toThrow(TypeError)
  })

  test('minus zero is written as zero', () => {
    expect(latin1(bencode(-0))).toBe('i0e')
  })

  test('nesting is bounded', () => {
    let deep: BValue = []
    for (let depth = 0; depth < 40; depth++) deep = [deep]
    expect(() => bencode(deep)).toThrow(TypeError)
  })
})

describe('JSON bodies', () => {
  const json = (text: string): unknown => readBody(new Uint8Array(Buffer.from(text)))

  test('values become those that bencode has', () => {
    expect(json('{"a":true,"b":null,"c":1.5,"d":[1,null,"x"]}')).toEqual({
      kind: 'body',
      format: 'json',
      value: { a: 1, c: '1.5', d: [1, 'x'] },
    })
  })

  test('text is the bytes of its UTF-8', () => {
    const body = json('{"a":"é"}')
    expect(body).toMatchObject({ value: { a: '\xc3\xa9' } })
    expect(latin1(writeBody((body as { value: { a: string } }).value, 'json'))).toBe('{"a":"\xc3\xa9"}')
  })

  test('an escape is the bytes of its UTF-8 too (RFC 8259 §7)', () => {
    const written = String.raw`{"a":"\u00e9 \u20ac \ud83d\ude00 \u0041 \\u00e9 \" \ud800"}`
    expect(json(written)).toMatchObject({ value: { a: '\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 A \\u00e9 " \xef\xbf\xbd' } })
  })

  test.each(['{', '{"a":', '{}x', `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`])('what is no JSON, or too deep, is refused', text => {
    expect(json(text)).toMatchObject({ kind: 'malformed', format: 'json' })
  })

  test('a list is no message', () => {
    expect(readBody(bytesOf('le'))).toMatchObject({ kind: 'malformed', reason: 'Not a dictionary' })
    expect(isDict([])).toBe(false)
  })
})

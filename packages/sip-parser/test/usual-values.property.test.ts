/** What is read the short way is what the grammar reads, whatever the bytes. RFC 3261 §20, §25.1. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteCursor } from '../src/byte-cursor.ts'
import { elementEnd } from '../src/elements.ts'
import type { HeaderDef } from '../src/index.ts'
import { CallId, Contact, ContentLength, CSeq, From, MaxForwards, RecordRoute, Route, To, utf8Bytes, Via } from '../src/index.ts'
import { scanHeaders } from '../src/scan-headers.ts'
import { Source } from '../src/source.ts'
import { UsualReader } from '../src/usual-reader.ts'
import { firstUsual, slotOf } from '../src/usual-values.ts'

const addresses = [
  '<sip:192.0.2.2;lr>',
  '"Alice" <sip:alice@a.example:5060>;tag=9fx',
  'Bob <sips:b@c;transport=tls;x>;a;b=c',
  '<sip:a@b>, <sip:c>',
]
const USUAL: readonly (readonly [HeaderDef<unknown>, ...string[]])[] = [
  [
    Via,
    'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;received=192.0.2.9;rport=5060',
    'SIP/2.0/WSS a.invalid;rport;branch=z9hG4bK2,SIP/2.0/UDP b',
  ],
  [From, ...addresses.slice(0, 3)],
  [To, ...addresses.slice(0, 3)],
  [Contact, ...addresses],
  [Route, ...addresses],
  [RecordRoute, ...addresses],
  [CallId, '3848276298220188511@atlanta.example.com'],
  [CSeq, '1 INVITE', '2147483647 X-OTHER'],
  [MaxForwards, '0', '70', '255'],
  [ContentLength, '0', '1024'],
]
const PIECES = [
  ' ',
  '\t',
  '\r\n ',
  ';',
  ',',
  '"',
  '<',
  '>',
  '@',
  ':',
  '=',
  '%41',
  '[::1]',
  '\\',
  'é',
  '\0',
  'A',
  '1',
  '?',
  '#',
  '*',
  '-',
  '',
].concat(['lr', ';tag=', 'sip:', 'sips:', 'tel:', 'SIP/2.0/', 'UDP ', ';branch=', ';rport', ';received=', '99999', 'INVITE', ';x=y'])

describe('the short way', () => {
  for (const [def, ...samples] of USUAL) {
    test(`reads what is usual in ${def.name} (RFC 3261 §20)`, () => {
      for (const sample of samples) expect(short(def, sample), sample).toStrictEqual(grammar(def, sample))
    })

    test(`reads ${def.name} as the grammar does, or leaves it to the grammar (RFC 3261 §25.1)`, () => {
      fc.assert(
        fc.property(fc.constantFrom(...samples), fc.array(edit, { maxLength: 4 }), (sample, edits) => {
          const text = edited(sample, edits)
          const value = short(def, text)
          if (value !== undefined) expect(value, text).toStrictEqual(grammar(def, text))
        }),
        { numRuns: 1500 },
      )
    })

    test(`finds where the line of ${def.name} ends, whatever is on it (RFC 3261 §7.3.1)`, () => {
      fc.assert(
        fc.property(fc.constantFrom(...samples), fc.array(edit, { maxLength: 4 }), blanks, blanks, (sample, edits, before, after) => {
          const value = edited(sample, edits)
          fc.pre(!/[\r\n]/.test(value))
          const headers = scanHeaders(utf8Bytes(`${def.name}:${before}${value}${after}\r\nX-End: 1\r\n\r\n`), 0, 2)
          expect([...headers], value).toStrictEqual([
            { name: def.name, value },
            { name: 'X-End', value: '1' },
          ])
          expect(headers.get(def), value).toStrictEqual(grammar(def, value))
        }),
        { numRuns: 500 },
      )
    })
  }
})

const blanks = fc.constantFrom('', ' ', ' \t')
const edit = fc.tuple(fc.nat(80), fc.constantFrom(0, 0, 1, 3), fc.constantFrom(...PIECES))

function edited(sample: string, edits: readonly (readonly [at: number, drop: number, piece: string])[]): string {
  return edits.reduce((value, [at, drop, piece]) => value.slice(0, at) + piece + value.slice(at + drop), sample).trim()
}

function short(def: HeaderDef<unknown>, text: string): unknown {
  const source = sourceOf(text)
  return firstUsual(new UsualReader(source.bytes, source.end, source.latin1), slotOf(def), 0, source.end)
}

function grammar(def: HeaderDef<unknown>, text: string): unknown {
  const source = sourceOf(text)
  const cursor = new ByteCursor(source, 0, def.list ? elementEnd(source.bytes, 0, source.end) : source.end)
  const value = def.decode(cursor)
  return cursor.ended ? value : undefined
}

/** As in a message, more bytes follow. */
function sourceOf(text: string): Source {
  const bytes = utf8Bytes(`${text}\r\n\r\n`)
  return new Source(bytes, bytes.length - 4, false)
}

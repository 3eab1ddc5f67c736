/** Whole messages, generated with every header there is: written, read, edited byte by byte. RFC 3261 §7.3, §16.6. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ContentLength,
  edit,
  type HeaderDef,
  type HeaderView,
  newRequest,
  parse,
  type SipRequest,
  StreamParser,
  utf8Bytes,
} from '../src/index.ts'
import { SAMPLES } from './arbitraries.ts'
import { ALL_DEFS, valuesOf } from './corpus.ts'
import { INVITE_LINES } from './sample-messages.ts'

/** What parse asks for, so that the rest may be anything. */
const NEEDED = INVITE_LINES.filter(line => /^(Via|From|To|Call-ID|CSeq):/.test(line))
const NEEDED_NAMES: ReadonlySet<string> = new Set(['Via', 'From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards', 'Content-Length'])

interface Field {
  readonly def: HeaderDef<unknown>
  readonly values: readonly unknown[]
}

const samples = new Map(SAMPLES.map(({ def, value }) => [def.name, value]))
/** Every definition with values: random ones where we have a generator, those of its vectors else. */
const FIELDS: readonly fc.Arbitrary<Field>[] = ALL_DEFS.filter(({ name }) => !NEEDED_NAMES.has(name)).map(def => {
  const known = valuesOf(def)
  const value = samples.get(def.name) ?? fc.constantFrom(...known)
  return fc.record({ def: fc.constant(def), values: fc.array(value, { minLength: 1, maxLength: def.list ? 3 : 1 }) })
})
const fields = fc.uniqueArray(fc.oneof(...FIELDS), { maxLength: 12, selector: ({ def }) => def.name })

/** How a line may be spelled: case of the name, compact form, blanks and a fold before the value. */
const spelling = fc.record({
  name: fc.constantFrom('plain', 'lower', 'upper', 'compact'),
  colon: fc.constantFrom(':', ' :', '\t:'),
  blank: fc.constantFrom('', ' ', '   ', '\r\n ', ' \r\n\t'),
  tail: fc.constantFrom('', ' ', '\t '),
})
type Spelling = typeof spelling extends fc.Arbitrary<infer T> ? T : never

function lineOf(def: HeaderDef<unknown>, value: string, { name, colon, blank, tail }: Spelling): string {
  const names = { plain: def.name, lower: def.name.toLowerCase(), upper: def.name.toUpperCase(), compact: def.compact ?? def.name }
  return `${names[name]}${colon}${value === '' && blank.includes('\n') ? ' ' : blank}${value}${tail}`
}

const body = fc.uint8Array({ maxLength: 40 })
const spelled = fc.tuple(
  fields.chain(list => fc.tuple(fc.constant(list), fc.array(spelling, { minLength: 40, maxLength: 40 }))),
  body,
)

interface Message {
  readonly bytes: Uint8Array
  readonly fields: readonly Field[]
  readonly body: Uint8Array
}

/** Header lines in the generated order, each value on a line of its own. */
const message: fc.Arbitrary<Message> = spelled.map(([[list, spellings], content]) => {
  let k = 0
  const lines = list.flatMap(({ def, values }) => values.map(value => lineOf(def, def.encode(value), spellings[k++ % 40]!)))
  const head = ['INVITE sip:bob@example.com SIP/2.0', ...NEEDED, ...lines, `Content-Length: ${content.length}`, '', ''].join('\r\n')
  return { bytes: new Uint8Array(Buffer.concat([utf8Bytes(head), content])), fields: list, body: content }
})

describe('a message of any headers', () => {
  it('reads as what was written, whatever the spelling (RFC 3261 §7.3.1)', () => {
    fc.assert(
      fc.property(message, ({ bytes, fields, body }) => {
        const read = requestOf(bytes)
        for (const { def, values } of fields) expect([def.name, read.headers.all(def)]).toEqual([def.name, values])
        expect(read.headers.get(ContentLength)).toBe(body.length)
        expect([...read.body]).toEqual([...body])
        expect(edit(read).toBytes()).toBe(read.wire)
      }),
      { numRuns: 300 },
    )
  })

  it('is the same when it is built anew of what was read (RFC 3261 §7.3)', () => {
    fc.assert(
      fc.property(message, ({ bytes, fields }) => {
        const { headers } = requestOf(bytes)
        const built = newRequest('INVITE', 'sip:bob@example.com')
        for (const line of NEEDED) built.raw(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2))
        for (const { def } of fields) for (const value of headers.all(def)) built.append(def, value)
        const again = built.toMessage().headers
        for (const { def, values } of fields) expect([def.name, again.all(def)]).toEqual([def.name, values])
      }),
      { numRuns: 200 },
    )
  })

  it('comes back from a stream as it went in, however it is cut, with others before and behind (RFC 3261 §18.3)', () => {
    fc.assert(
      fc.property(message, fc.integer({ min: 1, max: 300 }), ({ bytes }, size) => {
        const stream = new StreamParser()
        const seen: string[] = []
        const thrice = Buffer.concat([bytes, bytes, bytes])
        for (let at = 0; at < thrice.length; at += size) {
          stream.push(thrice.subarray(at, at + size))
          for (let next = stream.next(); next !== undefined; next = stream.next())
            seen.push(next.kind === 'request' ? Buffer.from(next.wire).toString('latin1') : next.kind)
        }
        const text = Buffer.from(bytes).toString('latin1')
        expect(seen).toEqual([text, text, text])
      }),
      { numRuns: 100 },
    )
  })
})

const VERBS = ['prepend', 'append', 'replace', 'removeFirst', 'remove', 'replaceRaw', 'removeRaw'] as const

describe('an edit of one header', () => {
  it('leaves every byte of all other lines, their order and the body (RFC 3261 §16.6)', () => {
    fc.assert(
      fc.property(message, fc.constantFrom(...VERBS), fc.nat(), ({ bytes, fields }, verb, pick) => {
        if (fields.length === 0) return
        const { def, values } = fields[pick % fields.length]!
        const before = requestOf(bytes)
        const after = change(before, verb, def, values.at(-1))
        expect(otherLines(after, def)).toEqual(otherLines(bytes, def))
        expect(bodyOf(after)).toEqual(bodyOf(bytes))
        expect(requestOf(after).headers.all(def)).toEqual(expectedValues(values, verb))
        for (const other of fields) if (other.def !== def) expect(requestOf(after).headers.all(other.def)).toEqual(other.values)
      }),
      { numRuns: 400 },
    )
  })

  it('of the body changes Content-Type, Content-Length and nothing else (RFC 3261 §18.3)', () => {
    fc.assert(
      fc.property(message, body, ({ bytes }, content) => {
        const after = edit(requestOf(bytes)).body('text/plain', content).toBytes()
        const mine = /^(content-type|c|content-length|l)[ \t]*:/i
        expect(linesOf(after).filter(line => !mine.test(line))).toEqual(linesOf(bytes).filter(line => !mine.test(line)))
        expect(requestOf(after).headers.get(ContentLength)).toBe(content.length)
        expect(bodyOf(after)).toEqual(Buffer.from(content).toString('latin1'))
      }),
      { numRuns: 200 },
    )
  })

  it('of the Request-URI changes the first line and nothing else (RFC 3261 §16.5)', () => {
    fc.assert(
      fc.property(message, ({ bytes }) => {
        const after = edit(requestOf(bytes)).uri('sip:carol@[2001:db8::1]:5070;lr').toBytes()
        expect(linesOf(after)[0]).toBe('INVITE sip:carol@[2001:db8::1]:5070;lr SIP/2.0')
        expect(linesOf(after).slice(1)).toEqual(linesOf(bytes).slice(1))
        expect(bodyOf(after)).toEqual(bodyOf(bytes))
      }),
      { numRuns: 100 },
    )
  })
})

function change(request: SipRequest, verb: (typeof VERBS)[number], def: HeaderDef<unknown>, value: unknown): Uint8Array {
  const edited = edit(request)
  if (verb === 'removeFirst' || verb === 'remove') return edited[verb](def).toBytes()
  if (verb === 'removeRaw') {
    edited.removeRaw(def.name)
    return (def.compact === undefined ? edited : edited.removeRaw(def.compact)).toBytes()
  }
  return (verb === 'replaceRaw' ? edited.replaceRaw(def.name, def.encode(value)) : edited[verb](def, value)).toBytes()
}

function expectedValues(values: readonly unknown[], verb: (typeof VERBS)[number]): readonly unknown[] {
  const value = values.at(-1)
  if (verb === 'prepend') return [value, ...values]
  if (verb === 'append') return [...values, value]
  if (verb === 'replace' || verb === 'replaceRaw') return [value, ...values.slice(1)]
  return verb === 'removeFirst' ? values.slice(1) : []
}

/** Lines as they are on the wire, folds included. */
function linesOf(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes).toString('latin1')
  return text.slice(0, text.indexOf('\r\n\r\n')).split(/\r\n(?![ \t])/)
}

function otherLines(bytes: Uint8Array, def: HeaderDef<unknown>): string[] {
  const names = [def.name, def.compact ?? def.name].map(name => name.toLowerCase())
  return linesOf(bytes).filter(line => !names.includes(/^[^\s:]*/.exec(line)![0].toLowerCase()))
}

function bodyOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1')
  return text.slice(text.indexOf('\r\n\r\n') + 4)
}

function requestOf(bytes: Uint8Array): SipRequest & { readonly headers: HeaderView } {
  const read = parse(bytes)
  if (read.kind !== 'request') throw new Error(read.kind === 'malformed' ? `${read.code} at ${read.offset}` : read.kind)
  return read
}

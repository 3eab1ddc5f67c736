/** What is written reads back as it was; what was not edited is not touched. RFC 3261 §7.3.1, §16.6. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { edit, formatUri, newRequest, parseUri, sameUri, utf8Bytes } from '../src/index.ts'
import { SAMPLES, uri } from './arbitraries.ts'
import { INVITE, requestOf, requestWith, textOf } from './sample-messages.ts'

describe('write, then read', () => {
  for (const { def, value } of SAMPLES) {
    it(`${def.name} comes back as it went`, () => {
      fc.assert(
        fc.property(fc.array(value, { minLength: 1, maxLength: def.list ? 3 : 1 }), values => {
          const built = values.reduce(
            (request: ReturnType<typeof newRequest>, one) => request.raw('X', '1').append(def, one),
            newRequest('A', 'sip:a'),
          )
          if (def.name !== 'Content-Length') expect(built.all(def)).toEqual(values)
          const joined = newRequest('A', 'sip:a').raw(
            def.name === 'Content-Length' ? 'X' : def.name,
            values.map(one => def.encode(one)).join(' , '),
          )
          if (def.name !== 'Content-Length') expect(joined.all(def)).toEqual(values)
        }),
        { numRuns: 150 },
      )
    })
  }

  it('a URI comes back as it went (§19.1.2)', () => {
    fc.assert(
      fc.property(uri, value => {
        const read = parseUri(formatUri(value))!
        expect(read).toEqual(value)
        expect(sameUri(read, value)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('a URI that reads is written so that it reads the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'sip:telab@[]:;=?&%4190./-+x"<> é'), maxLength: 30 }), rest => {
        const read = parseUri(`sip:${rest}`)
        if (read !== undefined) expect(parseUri(formatUri(read))).toEqual(read)
      }),
      { numRuns: 2000 },
    )
  })
})

/** A list of lines is the model: each edit is easy to say on it. */
interface Model {
  lines: string[]
}

const NAMES = ['Route', 'X-A', 'Record-Route', 'Supported'] as const
type Name = (typeof NAMES)[number]
type Step = { readonly kind: 'prepend' | 'append' | 'replace' | 'removeFirst' | 'remove'; readonly name: Name; readonly value: string }

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('prepend', 'append', 'replace', 'removeFirst', 'remove'),
  name: fc.constantFrom(...NAMES),
  value: fc.constantFrom('one', 'two', 'three', 'vier-ä'),
})
const line = fc
  .tuple(fc.constantFrom(...NAMES, 'X-Other'), fc.constantFrom('k', '  l  ', 'm\t', 'ü', ''))
  .map(([name, value]) => `${name}: ${value}`)

describe('edits and a list of lines agree', () => {
  it('after any sequence of edits (§16.6)', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.array(step, { maxLength: 8 }), (lines, steps) => {
        const message = requestOf(requestWith('Route: r', ...lines))
        const edited = edit(message)
        const model: Model = { lines: textOf(message.wire).split('\r\n\r\n')[0]!.split('\r\n') }
        for (const one of steps) {
          applyToEdit(edited, one)
          applyToModel(model, one)
        }
        expect(sorted(textOf(edited.toBytes()))).toEqual(sorted(`${model.lines.join('\r\n')}\r\n\r\nv=0\r\n`))
        for (const name of [...NAMES, 'X-Other'])
          expect(linesNamed(textOf(edited.toBytes()), name)).toEqual(model.lines.filter(other => isNamed(other, name)))
      }),
      { numRuns: 400 },
    )
  })

  it('and the bytes that came stay the same object until something changes', () => {
    expect(edit(requestOf(INVITE)).toBytes()).toBe(INVITE)
    expect(edit(requestOf(INVITE)).removeRaw('Nobody').toBytes()).toBe(INVITE)
  })
})

const textDef = (name: Name) => ({ name, list: false, decode: (at: { rest(): string }) => at.rest(), encode: (value: string) => value })

function applyToEdit(edited: ReturnType<typeof edit>, { kind, name, value }: Step): void {
  if (kind === 'prepend' || kind === 'append' || kind === 'replace') edited[kind](textDef(name), value)
  else edited[kind](textDef(name))
}

function applyToModel(model: Model, { kind, name, value }: Step): void {
  const { lines } = model
  const first = lines.findIndex(other => isNamed(other, name))
  const last = lines.findLastIndex(other => isNamed(other, name))
  const added = `${name}: ${value}`
  if (kind === 'remove') model.lines = lines.filter(other => !isNamed(other, name))
  else if (kind === 'removeFirst') lines.splice(first < 0 ? lines.length : first, 1)
  else if (first < 0) lines.push(added)
  else if (kind === 'prepend') lines.splice(first, 0, added)
  else if (kind === 'append') lines.splice(last + 1, 0, added)
  else {
    const old = lines[first]!
    const start = /^[^:]+:[ \t]*/.exec(old)![0].length
    lines[first] = `${old.slice(0, start)}${value}${/[ \t]*$/.exec(old.slice(start))![0]}`
  }
}

const isNamed = (other: string, name: string): boolean => other.startsWith(`${name}:`)
const linesNamed = (message: string, name: string): string[] => message.split('\r\n').filter(other => isNamed(other, name))
const sorted = (message: string): string[] => message.split('\r\n').sort()

describe('text', () => {
  it('goes to UTF-8 as it does elsewhere, lone surrogates included (RFC 3629 §3)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), value => {
        expect(textOf(utf8Bytes(value))).toBe(Buffer.from(value).toString())
      }),
    )
    expect([...utf8Bytes('\ud800')]).toEqual([0xef, 0xbf, 0xbd])
  })
})

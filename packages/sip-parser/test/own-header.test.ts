/** A header of somebody else's, taught without a change to this package. RFC 3261 §7.3.1, §20. */
import { describe, expect, it } from 'vitest'
import { type Cursor, edit, type HeaderDef, newRequest, parseValue } from '../src/index.ts'
import { linesOf, requestOf, requestWith, textOf } from './sample-messages.ts'

interface Example {
  readonly colour: string
  readonly weight: number
  readonly note?: string
}

/** `X-Example: red=3 "a note", blue=4`. */
const XExample: HeaderDef<Example> = {
  name: 'X-Example',
  compact: 'Z',
  list: true,
  decode(at: Cursor) {
    const colour = at.token()
    if (!at.skip('=')) at.fail()
    const weight = at.decimal(99)
    at.sws()
    const note = at.peek() === '"' ? at.quotedString() : undefined
    return at.ended ? { colour, weight, ...(note === undefined ? {} : { note }) } : undefined
  },
  encode: ({ colour, weight, note }) => `${colour}=${weight}${note === undefined ? '' : ` "${note}"`}`,
}

const RED: Example = { colour: 'red', weight: 3, note: 'a, b' }
const BLUE: Example = { colour: 'blue', weight: 4 }
const GREEN: Example = { colour: 'green', weight: 5 }

const request = requestOf(requestWith('X-EXAMPLE: red = 3\r\n "a, b" ,blue=4', 'z: green=5', 'X-Exam: 1'))

describe("a header of one's own", () => {
  it('is read in any case, in its compact form, over commas, lines and folds (RFC 3261 §7.3.1)', () => {
    expect(request.headers.get(XExample)).toEqual(RED)
    expect(request.headers.all(XExample)).toEqual([RED, BLUE, GREEN])
    expect(request.headers.has(XExample)).toBe(true)
    expect(parseValue(XExample, 'blue=4')).toEqual(BLUE)
  })

  it('tells absent from malformed (RFC 3261 §7.3.1)', () => {
    expect(requestOf(requestWith('X-Exam: 1')).headers.read(XExample)).toEqual({ kind: 'absent' })
    expect(requestOf(requestWith('X-Example: red=100')).headers.read(XExample)).toMatchObject({ kind: 'malformed' })
  })

  it('is appended after the last of its kind, and the rest stays as it came (RFC 3261 §7.3.1)', () => {
    const edited = edit(request).append(XExample, { colour: 'black', weight: 0 })
    expect(edited.all(XExample)).toEqual([RED, BLUE, GREEN, { colour: 'black', weight: 0 }])
    expect(textOf(edited.toBytes())).toBe(textOf(request.wire).replace('z: green=5\r\n', 'z: green=5\r\nX-Example: black=0\r\n'))
  })

  it('is replaced where its first value is, and the rest stays as it came (RFC 3261 §7.3.1)', () => {
    const edited = edit(request).replace(XExample, GREEN)
    expect(edited.all(XExample)).toEqual([GREEN, BLUE, GREEN])
    expect(textOf(edited.toBytes())).toBe(textOf(request.wire).replace('red = 3\r\n "a, b" ,blue', 'green=5 ,blue'))
  })

  it('is prepended and removed (RFC 3261 §7.3.1)', () => {
    expect(edit(request).prepend(XExample, GREEN).all(XExample)).toEqual([GREEN, RED, BLUE, GREEN])
    expect(edit(request).removeFirst(XExample).all(XExample)).toEqual([BLUE, GREEN])
    expect(linesOf(edit(request).remove(XExample).toMessage().headers)).toEqual(
      linesOf(request.headers).filter(line => !/^(X-EXAMPLE|z):/.test(line)),
    )
  })

  it('goes into a request made from nothing (RFC 3261 §8.1.1)', () => {
    const made = newRequest('OPTIONS', 'sip:a@example.com').append(XExample, RED)
    expect(made.get(XExample)).toEqual(RED)
    expect(textOf(made.toBytes())).toContain('\r\nX-Example: red=3 "a, b"\r\n')
  })

  it('cannot start a line of its own, however careless its encode is (RFC 3261 §7.3.1)', () => {
    const evil: Example = { ...RED, note: 'x"\r\nX-Evil: 1' }
    for (const write of ['append', 'prepend', 'replace'] as const) expect(() => edit(request)[write](XExample, evil)).toThrow(TypeError)
  })
})

/** Any edits one after the other do to a message what they would do to a list of its lines. RFC 3261 §7.3.1, §16.6. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { edit, type MessageEdit, parse, parseUri, Route, Supported } from '../src/index.ts'
import '../src/node.ts'
import { INVITE_LINES, textOf } from './sample-messages.ts'

const NEEDED = INVITE_LINES.filter(line => /^(Via|From|To|Call-ID|CSeq|Max-Forwards):/.test(line))
const MORE = ['Route: <sip:r1;lr>', 'Route: <sip:r2;lr>', 'Supported: a', 'Supported: b', 'X-One: 1', 'X-Two: 2', 'Content-Length: 0']
const ours = { uri: parseUri('sip:us;lr')!, params: new Map<string, string>() }

interface Act {
  readonly name: string
  readonly onEdit: (message: MessageEdit) => unknown
  readonly onLines: (lines: readonly string[]) => readonly string[]
}

const isOf = (name: string) => (line: string) => line.startsWith(`${name}:`)
const without = (name: string) => (lines: readonly string[]) => lines.filter(line => !isOf(name)(line))
const withoutFirst = (name: string) => (lines: readonly string[]) => lines.filter((_, i) => i !== lines.findIndex(isOf(name)))
const behind = (name: string, line: string) => (lines: readonly string[]) => {
  const last = lines.findLastIndex(isOf(name))
  const end = lines.at(-1) === 'Content-Length: 0' ? lines.length - 1 : lines.length
  return lines.toSpliced(last < 0 ? end : last + 1, 0, line)
}
const inPlace = (name: string, line: string) => (lines: readonly string[]) => {
  const first = lines.findIndex(isOf(name))
  return first < 0 ? behind(name, line)(lines) : lines.with(first, line)
}

const ACTS: readonly Act[] = [
  { name: 'append Route', onEdit: one => one.append(Route, ours), onLines: behind('Route', 'Route: <sip:us;lr>') },
  { name: 'replace Route', onEdit: one => one.replace(Route, ours), onLines: inPlace('Route', 'Route: <sip:us;lr>') },
  { name: 'remove first Route', onEdit: one => one.removeFirst(Route), onLines: withoutFirst('Route') },
  { name: 'append Supported', onEdit: one => one.append(Supported, 'c'), onLines: behind('Supported', 'Supported: c') },
  { name: 'remove Supported', onEdit: one => one.remove(Supported), onLines: without('Supported') },
  { name: 'X-One', onEdit: one => one.raw('X-One', 'new'), onLines: behind('X-One', 'X-One: new') },
  { name: 'no X-One', onEdit: one => one.removeRaw('X-One'), onLines: without('X-One') },
  { name: 'other X-Two', onEdit: one => one.replaceRaw('X-Two', 'other'), onLines: inPlace('X-Two', 'X-Two: other') },
  { name: 'no X-Two', onEdit: one => one.removeRaw('X-Two'), onLines: without('X-Two') },
]

/** Lines of one header in their order; those of different headers may change places only where they are put in. */
function seen(all: readonly string[]): readonly (readonly string[])[] {
  const edited = ['Route', 'Supported', 'X-One', 'X-Two'].map(name => all.filter(isOf(name)))
  return [all.filter(line => NEEDED.includes(line)), ...edited]
}

const lines = fc.subarray(MORE).chain(some => fc.shuffledSubarray([...NEEDED, ...some], { minLength: NEEDED.length + some.length }))
const acts = fc.array(fc.constantFrom(...ACTS), { minLength: 1, maxLength: 5 })

it('a line is put in, changed or taken out, and all others stay (RFC 3261 §16.6)', () => {
  fc.assert(
    fc.property(lines, acts, (before, each) => {
      const request = parse(new TextEncoder().encode(['INVITE sip:bob@example.com SIP/2.0', ...before, '', ''].join('\r\n')))
      if (request.kind === 'malformed') throw new Error(request.code)
      const edited = edit(request)
      for (const { onEdit } of each) onEdit(edited)
      const after = each.reduce((all, { onLines }) => onLines(all), before as readonly string[])
      const got = textOf(edited.toBytes()).split('\r\n').slice(1, -2)
      expect([each.map(({ name }) => name), seen(got)]).toEqual([each.map(({ name }) => name), seen(after)])
    }),
    { numRuns: 2000 },
  )
})

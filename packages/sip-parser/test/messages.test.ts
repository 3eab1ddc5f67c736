/** Runs `vectors/messages.md`: whole messages, sound and broken. */
import { describe, expect, it } from 'vitest'
import { formatUri, type HeaderView, PARSE_ERRORS, type Parsed, parse, responseTo } from '../src/index.ts'
import { HEADER_DEFS } from './header-defs.ts'
import { plain } from './plain.ts'
import { readVectors } from './vector-reader.ts'

describe('Messages', () => {
  for (const vector of readVectors('messages.md').vectors) {
    it.skipIf(vector.skipped !== undefined)(vector.title, () => {
      const expected = vector.json as Expected
      const message = parse(vector.bytes)
      expect(summary(message, expected)).toEqual(expected)
      if (message.kind === 'malformed' && message.answerable !== undefined) {
        expect(responseTo(message.answerable, PARSE_ERRORS[message.code].status, { toTag: 'x' }).toBytes().length).toBeGreaterThan(100)
      }
    })
  }
})

interface Expected {
  readonly headers?: Readonly<Record<string, unknown>>
  readonly raw?: Readonly<Record<string, unknown>>
}

/** The properties of `message` that are named in `expected`. */
function summary(message: Parsed, expected: Expected): Readonly<Record<string, unknown>> {
  const all = { ...properties(message), ...headerProperties(message, expected) }
  return Object.fromEntries(Object.entries(all).filter(([name]) => name in expected))
}

function properties(message: Parsed): Readonly<Record<string, unknown>> {
  const { kind } = message
  if (kind === 'malformed')
    return { kind, code: message.code, status: PARSE_ERRORS[message.code].status, answerable: message.answerable !== undefined }
  const bodyBytes = message.body.length
  if (kind === 'response') return { kind, status: message.status, reason: message.reason, bodyBytes }
  const { method, uri } = message
  return { kind, method, uri: formatUri(uri), user: uri.user, host: uri.host, bodyBytes }
}

function headerProperties(message: Parsed, expected: Expected): Readonly<Record<string, unknown>> {
  if (message.kind === 'malformed') return {}
  const { headers } = message
  return {
    headers: Object.fromEntries(Object.keys(expected.headers ?? {}).map(name => [name, valuesOf(headers, name)])),
    raw: Object.fromEntries(Object.keys(expected.raw ?? {}).map(name => [name, headers.raw(name)])),
  }
}

const valuesOf = (headers: HeaderView, name: string): unknown => plain(headers.all(HEADER_DEFS.find(def => def.name === name)!))

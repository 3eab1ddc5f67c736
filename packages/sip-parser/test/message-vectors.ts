/** Checks one vector that is a whole message: what is expected of it is the `json` block. */
import { expect } from 'vitest'
import {
  bodyOf,
  edit,
  formatUri,
  type HeaderDef,
  type HeaderView,
  PARSE_ERRORS,
  type Parsed,
  parse,
  partsOf,
  responseTo,
  type SipRequest,
  type SipResponse,
  sameUri,
  To,
  typeOf,
  unsupportedBody,
} from '../src/index.ts'
import { HEADER_DEFS } from './header-defs.ts'
import { plain } from './plain.ts'
import { textOf } from './sample-messages.ts'
import type { Vector } from './vector-reader.ts'

/** Names of what is expected; only they are compared. */
export interface Expected {
  readonly headers?: Readonly<Record<string, unknown>>
  readonly raw?: Readonly<Record<string, unknown>>
  readonly read?: Readonly<Record<string, unknown>>
  readonly counts?: Readonly<Record<string, unknown>>
  readonly broken?: readonly string[]
  readonly absent?: readonly string[]
  readonly sdp?: string
}

export function checkMessage(vector: Vector): void {
  const expected = vector.json as Expected
  const message = parse(vector.bytes)
  expect(summary(message, expected)).toEqual(expected)
  if (message.kind !== 'malformed') expect(edit(message).toBytes()).toBe(message.wire)
  else if (message.answerable !== undefined) {
    const { status, reason } = PARSE_ERRORS[message.code]
    const answer = textOf(responseTo(message.answerable, status, { toTag: 'x', reason }).toBytes())
    expect(answer.split('\r\n')[0]).toBe(`SIP/2.0 ${status} ${reason}`)
  }
}

/** The properties of `message` that are named in `expected`. */
function summary(message: Parsed, expected: Expected): Readonly<Record<string, unknown>> {
  const all = { ...properties(message), ...headerProperties(message, expected), ...bodyProperties(message, expected) }
  return Object.fromEntries(Object.entries(all).filter(([name]) => name in expected))
}

function properties(message: Parsed): Readonly<Record<string, unknown>> {
  const { kind } = message
  if (kind === 'malformed')
    return { kind, code: message.code, status: PARSE_ERRORS[message.code].status, answerable: message.answerable !== undefined }
  const bodyBytes = message.body.length
  if (kind === 'response') return { kind, status: message.status, reason: message.reason, bodyBytes }
  const { method, uri, headers } = message
  const { scheme, user, host, port = null } = uri
  const uriIsTo = sameUri(uri, headers.get(To)!.uri)
  return { kind, method, uri: formatUri(uri), scheme, user, host, port, uriHeaders: plain(uri.headers), uriIsTo, bodyBytes }
}

function headerProperties(message: Parsed, expected: Expected): Readonly<Record<string, unknown>> {
  if (message.kind === 'malformed') return {}
  const { headers } = message
  const each = (names: object | undefined, value: (name: string) => unknown): unknown =>
    Object.fromEntries(Object.keys(names ?? {}).map(name => [name, value(name)]))
  return {
    headers: each(expected.headers, name => plain(headers.all(defOf(name)))),
    read: each(expected.read, name => writtenAnew(headers, defOf(name))),
    counts: each(expected.counts, name => headers.all(defOf(name)).length),
    raw: each(expected.raw, name => headers.raw(name)),
    broken: expected.broken?.filter(name => headers.readAll(defOf(name)).kind === 'malformed'),
    absent: expected.absent?.filter(name => headers.read(defOf(name)).kind === 'absent'),
  }
}

function bodyProperties(message: Parsed, expected: Expected): Readonly<Record<string, unknown>> {
  if (message.kind === 'malformed') return {}
  return {
    parts: partTypes(message),
    unsupported: unsupportedBody(message, ['application/sdp', 'text/plain']),
    sdp: textOf(bodyOf(message, 'application/sdp') ?? new Uint8Array(0))
      .split('\r\n')
      .find(line => line === expected.sdp),
  }
}

function partTypes(message: SipRequest | SipResponse): unknown {
  const read = partsOf(message)
  return read.kind === 'malformed' ? read.code : read.parts.map(typeOf)
}

const writtenAnew = <T>(headers: HeaderView, def: HeaderDef<T>): string[] => headers.all(def).map(value => def.encode(value))

function defOf(name: string): HeaderDef<unknown> {
  const def = HEADER_DEFS.find(one => one.name === name)
  if (def === undefined) throw new Error(`No definition of ${name}`)
  return def
}

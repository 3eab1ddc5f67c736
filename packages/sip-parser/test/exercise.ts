/** Uses a message in every way there is: nothing may throw, whatever the bytes were. RFC 3261 §7. */
import { expect } from 'vitest'
import {
  bodyOf,
  ContentLength,
  dispositionOf,
  edit,
  formatUri,
  type KeepAlive,
  MaxForwards,
  newRequest,
  PARSE_ERRORS,
  type Parsed,
  parse,
  parseUri,
  partsOf,
  Route,
  responseTo,
  type SipRequest,
  type SipResponse,
  sameUri,
  serviceOf,
  telAsSip,
  telOf,
  typeOf,
  type Uri,
  unsupportedBody,
  Via,
} from '../src/index.ts'
import { HEADER_DEFS } from './header-defs.ts'

export function exercise(output: Parsed | KeepAlive): void {
  if (output.kind === 'ping' || output.kind === 'pong') return
  if (output.kind === 'malformed') expect(output.offset).toBeGreaterThanOrEqual(0)
  const readable = output.kind === 'malformed' ? output.answerable : output
  if (readable === undefined) return
  readAll(readable)
  readBodies(readable)
  if (output.kind === 'malformed') answer(readable as SipRequest, PARSE_ERRORS[output.code].status)
  else forward(output)
}

function readAll(message: SipRequest | SipResponse): void {
  for (const def of HEADER_DEFS) {
    message.headers.readAll(def)
    message.headers.read(def)
    const value = message.headers.get(def)
    if (value !== undefined && def !== ContentLength) expect(newRequest('A', 'sip:a').append(def, value).get(def)).toEqual(value)
  }
  for (const { name } of message.headers) message.headers.has({ ...HEADER_DEFS[0]!, name })
  expect(message.body.length).toBeLessThanOrEqual(message.wire.length)
  if (message.kind === 'request') useUri(message.uri)
}

function useUri(uri: Uri): void {
  if (uri.scheme === '') return
  const again = parseUri(formatUri(uri))!
  expect(again).toEqual(uri)
  expect(sameUri(again, uri)).toBe(true)
  telOf(uri, 'example.com')
  telAsSip(uri, 'example.com')
  serviceOf(uri)
}

function readBodies(message: SipRequest | SipResponse): void {
  bodyOf(message, 'application/sdp')
  unsupportedBody(message, ['application/sdp'])
  const read = partsOf(message)
  for (const part of read.kind === 'parts' ? read.parts : [])
    expect([typeof typeOf(part), typeof dispositionOf(part)]).toEqual(['string', 'object'])
}

/** A response never has a line that the request smuggled in. */
function answer(request: SipRequest, status: number): void {
  const response = responseTo(request, status, { toTag: 'x' }).toBytes()
  expect(Buffer.from(response).toString('latin1').replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
}

function forward(message: SipRequest | SipResponse): void {
  const edited = edit(message).replace(MaxForwards, 3).removeFirst(Route).prepend(Via, { transport: 'UDP', host: 'a' }).toBytes()
  expect(parse(edited, { headerCount: 100_000, messageBytes: 400_000 }).kind).toBe(message.kind)
}

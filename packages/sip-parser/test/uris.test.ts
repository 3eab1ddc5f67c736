/** Runs `vectors/uris*.md`: reads, writes and compares URIs. RFC 3261 §19.1, RFC 3966, RFC 8141. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatUri, parseUri, sameUri, serviceOf, telAsSip, telOf, telUri, urnOf } from '../src/index.ts'
import { ipv6Groups, isIpv6 } from '../src/uri-ipv6.ts'
import { plain } from './plain.ts'
import { textOf } from './sample-messages.ts'
import { readVectors } from './vector-reader.ts'

describe('URIs', () => {
  for (const vector of readVectors('uris.md').vectors) {
    it.skipIf(vector.skipped !== undefined)(vector.name, () => {
      const text = textOf(vector.bytes).trim()
      const uri = parseUri(text)
      expect(plain(uri)).toEqual(vector.json)
      if (uri !== undefined) expect(formatUri(uri)).toBe(vector.written ?? text)
    })
  }
})

describe('sameUri (RFC 3261 §19.1.4)', () => {
  for (const vector of readVectors('uris-same.md').vectors) {
    it(vector.name, () => {
      const [a, b] = textOf(vector.bytes)
        .trim()
        .split('\r\n')
        .map(line => parseUri(line)!)
      expect([sameUri(a!, b!), sameUri(b!, a!)]).toEqual([vector.json, vector.json])
      expect([sameUri(a!, a!), sameUri(b!, b!)]).toEqual([true, true])
    })
  }
})

interface TelVector {
  readonly context?: string
  readonly tel?: unknown
  readonly uri?: string
  readonly sip?: string | null
}

describe('telephone numbers (RFC 3966 §3)', () => {
  for (const vector of readVectors('uris-tel.md').vectors) {
    it(vector.name, () => {
      const expected = vector.json as TelVector
      const uri = parseUri(textOf(vector.bytes).trim())!
      const tel = telOf(uri, expected.context)
      const sip = telAsSip(uri, 'gw.example.com')
      if (expected.tel !== undefined) expect(plain(tel) ?? null).toEqual(expected.tel)
      if (expected.uri !== undefined) expect(formatUri(telUri(tel!))).toBe(expected.uri)
      if (tel !== undefined) expect(telOf(telUri(tel))).toEqual(tel)
      if (expected.sip !== undefined) expect(sip === undefined ? null : formatUri(sip)).toBe(expected.sip)
      if (sip !== undefined && tel !== undefined && expected.context === undefined)
        expect(sameUri(telUri(telOf(sip)!), telUri(tel))).toBe(true)
    })
  }

  it('goes to a port when told to (RFC 3261 §19.1.6)', () => {
    expect(formatUri(telAsSip(parseUri('tel:+49301234')!, 'GW.example.com', 5070)!)).toBe('sip:+49301234@gw.example.com:5070;user=phone')
  })
})

describe('IPv6 addresses', () => {
  it('are told from what is none as they are read (RFC 4291 §2.2)', () => {
    const piece = fc.constantFrom('::', ':', ':', ':', '0', '1', 'ab', 'ffff', '12345', '.', '192.0.2.1', 'g', ':::')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 18 }), pieces => {
        const text = pieces.join('')
        expect([text, isIpv6(text)]).toEqual([text, ipv6Groups(text) !== undefined])
      }),
      { numRuns: 5000 },
    )
  })

  it.each([
    ['::', [0, 0, 0, 0, 0, 0, 0, 0]],
    ['1::', [1, 0, 0, 0, 0, 0, 0, 0]],
    ['::1', [0, 0, 0, 0, 0, 0, 0, 1]],
    ['1:2:3:4:5:6:7::', [1, 2, 3, 4, 5, 6, 7, 0]],
    ['2001:DB8::192.0.2.1', [0x2001, 0xdb8, 0, 0, 0, 0, 0xc000, 0x201]],
  ])('%s has its groups (RFC 4291 §2.2)', (text, groups) => expect(ipv6Groups(text)).toEqual(groups))
})

describe('URNs', () => {
  it.each([
    ['urn:service:SOS.Fire', 'sos.fire'],
    ['urn:service:sos', 'sos'],
    ['urn:service:-sos', undefined],
    ['urn:service:sos..fire', undefined],
    ['urn:example:sos', undefined],
    ['sip:sos@example.com', undefined],
  ])('the service of %s is %s (RFC 5031 §3)', (text, service) => expect(serviceOf(parseUri(text)!)).toBe(service))

  it.each(['urn:x:y', 'urn:-a:b', 'urn:nid:', 'urn:nid', 'urn:nid:/a', 'urn:nid:a%4', 'http://example.com'])(
    '%s is none (RFC 8141 §2)',
    text => expect(urnOf(parseUri(text)!)).toBeUndefined(),
  )

  it('have a namespace and a name (RFC 8141 §2)', () => {
    expect(urnOf(parseUri('URN:Example:a%2c/B?=q#f')!)).toEqual({ namespace: 'example', name: 'a%2C/B' })
  })
})

describe('formatUri', () => {
  it('throws a TypeError for parts that could not be read back', () => {
    const parts = { params: new Map(), headers: new Map() }
    expect(() => formatUri({ scheme: 'sip', host: 'a b', ...parts })).toThrow(TypeError)
    expect(() => formatUri({ scheme: 'sip', host: 'a\r\nVia: x', ...parts })).toThrow(TypeError)
    expect(() => formatUri({ scheme: 'http', host: 'a', ...parts })).toThrow(TypeError)
    expect(() => formatUri({ scheme: 'tel', user: 'anna', host: '', ...parts })).toThrow(TypeError)
    expect(() => formatUri({ scheme: 'urn', host: '', opaque: 'a>b', ...parts })).toThrow(TypeError)
  })
})

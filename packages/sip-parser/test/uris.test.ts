/** Runs `vectors/uris.md`, and compares URIs. RFC 3261 §19.1. */
import { describe, expect, it } from 'vitest'
import { formatUri, parseUri, sameUri, type Uri } from '../src/index.ts'
import { plain } from './plain.ts'
import { textOf } from './sample-messages.ts'
import { readVectors } from './vector-reader.ts'

describe('URIs', () => {
  for (const vector of readVectors('uris.md').vectors) {
    it.skipIf(vector.skipped !== undefined)(vector.title, () => {
      const text = textOf(vector.bytes).trim()
      const uri = parseUri(text)
      expect(plain(uri)).toEqual(vector.json)
      if (uri !== undefined) expect(formatUri(uri)).toBe(vector.written ?? text)
    })
  }
})

describe('sameUri (RFC 3261 §19.1.4)', () => {
  const same: readonly (readonly [string, string])[] = [
    ['sip:%61nna@atlanta.com;transport=TCP', 'sip:anna@AtLanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;newparam=5'],
    ['sip:a@b?subject=x&priority=urgent', 'sip:a@b?priority=urgent&subject=x'],
    ['tel:+49-30(1)23', 'tel:+4930123'],
    ['urn:service:sos', 'URN:service:sos'],
  ]
  const different: readonly (readonly [string, string])[] = [
    ['SIP:ANNA@atlanta.com', 'sip:anna@atlanta.com'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:bob@biloxi.com;security=on', 'sip:bob@biloxi.com;security=off'],
    ['sip:bob@biloxi.com', 'sips:bob@biloxi.com'],
    ['sip:a@b?subject=x', 'sip:a@b?subject=y'],
    ['sip:a@b?subject=x', 'sip:a@b'],
    ['sip:a:p@b', 'sip:a@b'],
    ['tel:1;phone-context=a', 'tel:1'],
  ]
  const uri = (text: string): Uri => parseUri(text)!
  for (const [a, b] of same) it(`${a} is ${b}`, () => expect([sameUri(uri(a), uri(b)), sameUri(uri(b), uri(a))]).toEqual([true, true]))
  for (const [a, b] of different)
    it(`${a} is not ${b}`, () => expect([sameUri(uri(a), uri(b)), sameUri(uri(b), uri(a))]).toEqual([false, false]))
})

describe('formatUri', () => {
  it('throws a TypeError for parts that could not be read back', () => {
    const parts = { params: new Map(), headers: new Map() }
    expect(() => formatUri({ scheme: 'sip', host: 'a b', ...parts })).toThrow(TypeError)
    expect(() => formatUri({ scheme: 'sip', host: 'a\r\nVia: x', ...parts })).toThrow(TypeError)
    expect(() => formatUri({ scheme: 'http', host: 'a', ...parts })).toThrow(TypeError)
    expect(() => formatUri({ scheme: 'urn', host: '', opaque: 'a>b', ...parts })).toThrow(TypeError)
  })
})

/** How much a peer may make us read and keep. RFC 3261 §7, §18.1.1. */
import { describe, expect, it } from 'vitest'
import { Accept, Contact, type Limits, PARSE_ERRORS, type Parsed, parse, Via } from '../src/index.ts'
import { INVITE, requestOf, requestWith } from './sample-messages.ts'

const codeOf = (message: Parsed): string => (message.kind === 'malformed' ? message.code : message.kind)
const read = (lines: readonly string[], limits?: Limits): string => codeOf(parse(requestWith(...lines), limits))
const lines = (count: number, line: (i: number) => string): string[] => Array.from({ length: count }, (_, i) => line(i))

describe('limits', () => {
  it('are 65 535 bytes, and 413 with enough left to answer (RFC 3261 §21.4.11)', () => {
    const base = requestWith('X-Long: ').length
    expect(read([`X-Long: ${'x'.repeat(65_535 - base)}`])).toBe('request')
    const large = parse(requestWith(`X-Long: ${'x'.repeat(65_536 - base)}`))
    expect(codeOf(large)).toBe('too-large')
    expect([PARSE_ERRORS['too-large'].status, large.kind === 'malformed' && large.answerable !== undefined]).toEqual([413, true])
  })

  it('are 256 header fields (RFC 3261 §21.4.11)', () => {
    const others = [...requestOf(INVITE).headers].length
    expect(read(lines(256 - others, i => `X-${i}: y`))).toBe('request')
    expect(read(lines(257 - others, i => `X-${i}: y`))).toBe('too-large')
  })

  it('are what they are told to be', () => {
    expect(codeOf(parse(INVITE, { messageBytes: INVITE.length }))).toBe('request')
    expect(codeOf(parse(INVITE, { messageBytes: INVITE.length - 1 }))).toBe('too-large')
    expect(codeOf(parse(INVITE, { headerCount: 5 }))).toBe('too-large')
  })

  it('let long lists through that fit into a message (RFC 3261 §7.3.1)', () => {
    expect(
      requestOf(requestWith(`Via: ${lines(500, i => `SIP/2.0/UDP h${i};branch=z9hG4bK${i}`).join(',')}`)).headers.all(Via).length,
    ).toBe(500)
    expect(requestOf(requestWith(`Accept: ${lines(10_000, () => 'a/b').join(',')}`)).headers.all(Accept).length).toBe(10_000)
    expect(requestOf(requestWith(`Contact: ${lines(200, i => `<sip:a@h${i}>`).join(',')}`)).headers.all(Contact).length).toBe(200)
  })

  it('keep a tag, a branch and a Call-ID of 4 KB as they are (RFC 3261 §19.3)', () => {
    const long = 'x'.repeat(4096)
    const { headers } = requestOf(
      requestWith(`Via: SIP/2.0/UDP a;branch=z9hG4bK${long}`, `From: <sip:a@b>;tag=${long}`, `Call-ID: ${long}`),
    )
    expect(headers.get(Via)?.branch?.length).toBe(4103)
    expect(read([`CSeq: ${'1'.repeat(4096)} INVITE`])).toBe('bad-cseq')
  })

  it('are 255 letters for a host, in a URI and in Via (RFC 1035 §2.3.4)', () => {
    expect(read([`Via: SIP/2.0/UDP ${'a'.repeat(255)};branch=z9hG4bK1`])).toBe('request')
    expect(read([`Via: SIP/2.0/UDP ${'a'.repeat(256)};branch=z9hG4bK1`])).toBe('bad-via')
    expect(read([`To: <sip:${'a'.repeat(256)}>`])).toBe('bad-name-addr')
  })

  it.each(['::::', '1:2', 'fe80::1%25eth0', '::ffff:1.2.3.256'])('refuse [%s] in Via as in a URI (RFC 4291 §2.2)', host => {
    expect(read([`Via: SIP/2.0/UDP [${host}];branch=z9hG4bK1`])).toBe('bad-via')
    expect(read([`To: <sip:[${host}]>`])).toBe('bad-name-addr')
  })
})

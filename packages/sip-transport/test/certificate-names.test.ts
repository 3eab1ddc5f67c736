/** Which SIP identities certificates prove, and which certificate a name chooses. RFC 5922 §7, RFC 6066 §3. */
import { describe, expect, it } from 'vitest'
import { provesDomain, sipNamesOf } from '../src/certificate-names.ts'
import { ServerNames } from '../src/server-names.ts'

const names = (subjectaltname?: string, CN?: string): readonly string[] =>
  sipNamesOf({ subject: { CN } as never, ...(subjectaltname !== undefined && { subjectaltname }) })

describe('the SIP identities of a certificate', () => {
  it.each([
    ['of sip: URIs, and no DNS name beside them', 'URI:sip:Example.com, DNS:other.test', undefined, ['example.com']],
    ['of sips: URIs as well', 'URI:sips:example.com', undefined, ['example.com']],
    [
      'of no URI that names a person, or is none of SIP',
      'URI:sip:alice@example.com, URI:https://example.com, DNS:example.org',
      undefined,
      ['example.org'],
    ],
    ['of DNS names without URIs, the common name ignored', 'DNS:a.test, DNS:b.test', 'c.test', ['a.test', 'b.test']],
    [
      'of addresses, in their shortest form',
      'IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1',
      undefined,
      ['192.0.2.1', '2001:db8::1'],
    ],
    ['of the common name where nothing else is said', undefined, 'C.test', ['c.test']],
    ['none, where only a mail address is said', 'email:alice@example.com', 'c.test', []],
    ['none at all', undefined, undefined, []],
    [
      'of what is quoted as one value, whatever it looks like',
      'DNS:"a.test, DNS:evil.test", DNS:b.test',
      undefined,
      ['a.test, dns:evil.test', 'b.test'],
    ],
    ['of nothing that cannot be read', 'DNS:"a\\', undefined, []],
  ] as const)('are those %s (RFC 5922 §7.1)', (_what, alternative, common, expected) => {
    expect(names(alternative, common)).toEqual(expected)
  })

  it('are compared whole, without regard to case; a wildcard proves nothing (RFC 5922 §7.2)', () => {
    const known = names('DNS:example.com, DNS:*.wild.test, IP Address:2001:DB8:0:0:0:0:0:1')
    expect(['Example.COM', 'example.com.', '[2001:db8::1]', '2001:0db8::0001'].map(name => provesDomain(known, name))).not.toContain(false)
    expect(['a.example.com', 'com', 'a.wild.test', '', '2001:db8::2'].map(name => provesDomain(known, name))).not.toContain(true)
  })
})

describe('certificates by name', () => {
  it('are found by exact name before a wildcard, the first one of each (RFC 6066 §3)', () => {
    const certificates = new ServerNames<number>()
    certificates.add(['a.test', '*.b.test'], 1)
    certificates.add(['A.test', 'c.b.test', '*.b.test'], 2)
    expect(['a.test', 'x.B.test', 'c.b.test'].map(name => certificates.find(name))).toEqual([1, 1, 2])
    expect(['b.test', 'x.y.b.test', 'test', ''].map(name => certificates.find(name))).toEqual([undefined, undefined, undefined, undefined])
  })
})

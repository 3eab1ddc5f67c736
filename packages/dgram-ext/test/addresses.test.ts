/** Numeric addresses between text and bytes. RFC 4291 §2.2, RFC 5952 §4. */
import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatIpv4, formatIpv6, parseAddress } from '../src/addresses.ts'

function roundTrip(text: string): string | undefined {
  const raw = parseAddress(text)
  if (raw === undefined) return undefined
  return raw.family === 4 ? formatIpv4(raw.bytes, 0) : formatIpv6(raw.bytes, 0, raw.scope)
}

describe('addresses', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:8:800:200C:417A', '2001:db8::8:800:200c:417a'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['fe80::1%2', 'fe80::1%2'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
  ])('%s is written %s (RFC 5952 §4)', (given, canonical) => expect(roundTrip(given)).toBe(canonical))

  it.each([
    '',
    'localhost',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4%1',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'fe80::1%eth0',
    '[::1]',
  ])('"%s" is no numeric address', given => expect(roundTrip(given)).toBeUndefined())

  it('agrees with the platform about what an address is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.]{0,20}$/)), given => {
        expect(parseAddress(given) !== undefined).toBe(isIP(given) !== 0)
      }),
    )
  })

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.ipV6(), given => {
        expect(roundTrip(roundTrip(given)!)).toBe(roundTrip(given))
      }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { isPublic, maySendTo } from '../src/address-rules.ts'

describe('where an SDP may point the relay', () => {
  const cases: readonly [address: string, port: number, local: string, allowed: boolean][] = [
    ['192.0.2.1', 4000, '198.51.100.1', true],
    ['10.1.2.3', 4000, '198.51.100.1', true],
    ['2001:db8::1', 4000, '2001:db8::2', true],
    ['127.0.0.1', 4000, '127.0.0.1', true],
    ['127.0.0.1', 4000, '198.51.100.1', false],
    ['::1', 4000, '2001:db8::2', false],
    ['0.0.0.0', 4000, '198.51.100.1', false],
    ['::', 4000, '2001:db8::2', false],
    ['169.254.169.254', 4000, '198.51.100.1', false],
    ['fe80::1', 4000, '2001:db8::2', false],
    ['224.0.0.1', 4000, '198.51.100.1', false],
    ['ff02::1', 4000, '2001:db8::2', false],
    ['255.255.255.255', 4000, '198.51.100.1', false],
    ['192.0.2.1', 0, '198.51.100.1', false],
    ['192.0.2.1', 1023, '198.51.100.1', false],
    ['192.0.2.1', 1024, '198.51.100.1', true],
    ['192.0.2.1', 4000, '2001:db8::2', false],
    ['phone.example', 4000, '198.51.100.1', false],
    ['192.0.2.1', 5060, '198.51.100.1', false],
  ]
  for (const [address, port, local, allowed] of cases) {
    it(`${allowed ? 'lets' : 'does not let'} ${local} send to ${address} port ${port}`, () => {
      expect(maySendTo({ address, port }, local, [{ address: '192.0.2.1', port: 5060 }])).toBe(allowed)
    })
  }

  it('knows which addresses only one host has (RFC 6890, RFC 6598)', () => {
    const addresses = ['8.8.8.8', '2a00::1', '10.0.0.1', '100.64.0.1', '172.31.0.1', '192.168.1.1', '127.0.0.1', 'fd00::1', 'x']
    expect(addresses.filter(isPublic)).toEqual(['8.8.8.8', '2a00::1'])
  })
})

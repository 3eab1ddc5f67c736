/** Kinds of addresses, and the parameters of a fax. RFC 6890 §2.2, RFC 4291 §2.2, RFC 3362 §5. */
import { describe, expect, test } from 'vitest'
import { addressKind, answer, latin1 } from '../src/index.ts'

describe('addressKind', () => {
  test.each([
    ['unspecified', '0.0.0.0 :: 0:0:0:0:0:0:0:0 ::ffff:0.0.0.0'],
    ['loopback', '127.0.0.1 127.255.255.254 ::1 0:0:0:0:0:0:0:1 ::ffff:127.0.0.1 ::ffff:7f00:1 64:ff9b::127.0.0.1'],
    ['link-local', '169.254.169.254 fe80::1 febf::1 ::ffff:169.254.169.254'],
    ['multicast', '224.0.0.1 239.255.255.255 ff02::1'],
    ['reserved', '0.1.2.3 240.0.0.1 255.255.255.255'],
    ['private', '10.0.0.1 172.16.0.1 172.31.255.1 192.168.0.1 100.64.0.1 fd00::1 fc00::1 ::10.0.0.1'],
    ['public', '192.0.2.1 172.32.0.1 100.128.0.1 8.8.8.8 2001:db8::1 1:2:3:4:5:6:7:8 ::ffff:8.8.8.8'],
    ['name', 'example.com a localhost xn--bcher-kva.example host-1.local.'],
    [
      'malformed',
      '1.2.3 1.2.3.4.5 256.1.1.1 01.2.3.4 0x7f.1 2130706433 1::2::3 12345::1 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 :1 g::1 ::1.2.3 fe80::1%eth0 [::1] -a a..',
    ],
  ])('%s (RFC 6890 §2.2)', (kind, addresses) => {
    for (const address of addresses.split(' ')) expect(`${address} ${addressKind(address)}`).toBe(`${address} ${kind}`)
  })

  test('nothing and 300 letters are malformed (RFC 8866 §5.7)', () => {
    expect([addressKind(''), addressKind('a'.repeat(300)), addressKind('a b')]).toEqual(['malformed', 'malformed', 'malformed'])
  })
})

describe('T.38', () => {
  const attributes = [
    { name: 'T38FaxVersion', value: '2' },
    { name: 'T38MaxBitRate', value: '9600' },
    { name: 'T38FaxRateManagement', value: 'transferredTCF' },
    { name: 'T38FaxFillBitRemoval' },
    { name: 'T38FaxTranscodingMMR' },
    { name: 'T38FaxUdpEC', value: 't38UDPFEC' },
    { name: 'x-vendor', value: '1' },
  ]
  const answered = (...lines: string[]): string[] => {
    const head = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', 'm=image 4000 udptl t38']
    const us = {
      address: '198.51.100.7',
      sessionId: '1',
      media: [{ kind: 'image', port: 5000, protocols: ['udptl'], formats: ['t38'], attributes }],
    }
    const verdict = answer([...head, ...lines, ''].join('\r\n'), us)
    return verdict.kind === 'answer'
      ? latin1(verdict.sdp)
          .split('\r\n')
          .filter(line => line.startsWith('a='))
      : []
  }

  test('the lower version and rate count, the offered rate management, and conversions only where offered (RFC 3362 §5)', () => {
    const offer = [
      'a=T38FaxVersion:0',
      'a=T38MaxBitRate:14400',
      'a=T38FaxRateManagement:localTCF',
      'a=T38FaxTranscodingMMR',
      'a=T38FaxUdpEC:t38UDPFEC',
    ]
    expect(answered(...offer)).toEqual([
      'a=T38FaxVersion:0',
      'a=T38MaxBitRate:9600',
      'a=T38FaxRateManagement:localTCF',
      'a=T38FaxTranscodingMMR',
      'a=T38FaxUdpEC:t38UDPFEC',
      'a=x-vendor:1',
    ])
  })

  test('what is not said has its default (RFC 3362 §5)', () => {
    expect(answered()).toEqual([
      'a=T38FaxVersion:0',
      'a=T38MaxBitRate:9600',
      'a=T38FaxRateManagement:transferredTCF',
      'a=T38FaxUdpEC:t38UDPRedundancy',
      'a=x-vendor:1',
    ])
  })
})

/** `received` and `rport` on the bytes of a request. RFC 3261 §18.2.1, RFC 3581 §4. */
import { parse, Via } from '@strowger/sip-parser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stampVia } from '../src/top-via.ts'

const source = { address: '192.0.2.7', port: 40_000 }

function stamp(lines: string, from = source): { text: string; replyPort: number; sentByPort: number } {
  const { bytes, ...ports } = stampVia(Buffer.from(`OPTIONS sip:a SIP/2.0\r\n${lines}\r\n\r\nbody`, 'latin1'), from)
  const text = Buffer.from(bytes).toString('latin1')
  return { text: text.slice('OPTIONS sip:a SIP/2.0\r\n'.length, -'\r\n\r\nbody'.length), ...ports }
}

describe('stampVia', () => {
  it.each([
    ['adds received to another sent-by', 'Via: SIP/2.0/UDP pc:5070;branch=z', 'Via: SIP/2.0/UDP pc:5070;branch=z;received=192.0.2.7', 5070],
    ['leaves a true sent-by alone', 'Via: SIP/2.0/UDP 192.0.2.7;branch=z', 'Via: SIP/2.0/UDP 192.0.2.7;branch=z', 5060],
    [
      'fills rport in and adds received then in any case',
      'Via: SIP/2.0/UDP 192.0.2.7;rport;branch=z',
      'Via: SIP/2.0/UDP 192.0.2.7;rport=40000;branch=z;received=192.0.2.7',
      40_000,
    ],
    [
      'overwrites what the sender claims',
      'Via: SIP/2.0/UDP x;received=6.6.6.6;rport=1',
      'Via: SIP/2.0/UDP x;rport=40000;received=192.0.2.7',
      40_000,
    ],
    ['takes an empty rport as asked for', 'v: SIP/2.0/UDP x;rport=', 'v: SIP/2.0/UDP x;rport=40000;received=192.0.2.7', 40_000],
    [
      'touches the first of two values only',
      'VIA : SIP/2.0/UDP x ,SIP/2.0/UDP y;rport',
      'VIA : SIP/2.0/UDP x;received=192.0.2.7 ,SIP/2.0/UDP y;rport',
      5060,
    ],
    [
      'touches the first of two lines only',
      'Via: SIP/2.0/UDP x\r\nVia: SIP/2.0/UDP y',
      'Via: SIP/2.0/UDP x;received=192.0.2.7\r\nVia: SIP/2.0/UDP y',
      5060,
    ],
    [
      'finds it behind other headers',
      'Max-Forwards: 1\r\nVia: SIP/2.0/UDP x',
      'Max-Forwards: 1\r\nVia: SIP/2.0/UDP x;received=192.0.2.7',
      5060,
    ],
    [
      'reads folds',
      'Via: SIP / 2.0 / UDP\r\n  x : 5062\r\n ; rport\r\nTo: x',
      'Via: SIP / 2.0 / UDP\r\n  x : 5062\r\n ;rport=40000;received=192.0.2.7\r\nTo: x',
      40_000,
    ],
    ['is not fooled by quotes', 'Via: SIP/2.0/UDP x;a="\\";rport,";b', 'Via: SIP/2.0/UDP x;a="\\";rport,";b;received=192.0.2.7', 5060],
    ['does not take Viable for Via', 'Viable: 1\r\nVersion: 2', 'Viable: 1\r\nVersion: 2', 40_000],
  ])('%s', (_, given, wanted, replyPort) => {
    const result = stamp(given)
    expect(result.text).toBe(wanted)
    expect(result.replyPort).toBe(replyPort)
  })

  it('writes IPv6 without brackets and zone (RFC 5118 §4.5)', () => {
    expect(stamp('Via: SIP/2.0/UDP x', { address: 'fe80::1%2', port: 1 }).text).toBe('Via: SIP/2.0/UDP x;received=fe80::1')
    expect(stamp('Via: SIP/2.0/UDP [2001:db8::1]:5080', { address: '2001:db8::1', port: 1 }).text).toBe(
      'Via: SIP/2.0/UDP [2001:db8::1]:5080',
    )
  })

  it('never throws, and changes nothing but the first Via', () => {
    const line = fc.stringMatching(/^(Via|v|To|X): [ -~]{0,40}$/)
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), lines => {
        const { text } = stamp(lines.join('\r\n'))
        const after = text.split('\r\n')
        const first = lines.findIndex(each => /^(via|v):/i.test(each))
        expect(after.filter((_, i) => i !== first)).toEqual(lines.filter((_, i) => i !== first))
      }),
    )
  })

  it('what the parser reads afterwards is where the request came from', () => {
    const host = fc.constantFrom('x.test', '192.0.2.7', '[2001:db8::1]')
    const param = fc.constantFrom('rport', 'rport=7', 'received=6.6.6.6', 'branch=z9hG4bKa', 'ttl=1', 'x="a;b"')
    fc.assert(
      fc.property(
        host,
        fc.option(fc.integer({ min: 1, max: 65_535 })),
        fc.uniqueArray(param, { selector: each => each.split('=')[0] }),
        (name, port, params) => {
          const value = `SIP/2.0/UDP ${name}${port === null ? '' : `:${port}`}${params.map(each => `;${each}`).join('')}`
          const rest = 'From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 1\r\n\r\n'
          const message = parse(stampVia(Buffer.from(`OPTIONS sip:a@b SIP/2.0\r\nVia: ${value}\r\n${rest}`), source).bytes)
          if (message.kind !== 'request') throw new Error(message.kind)
          const via = message.headers.get(Via)!
          const asked = params.some(each => each.startsWith('rport'))
          expect(via.rport).toBe(asked ? 40_000 : undefined)
          expect(via.received).toBe(asked || name !== '192.0.2.7' ? '192.0.2.7' : undefined)
        },
      ),
    )
  })
})

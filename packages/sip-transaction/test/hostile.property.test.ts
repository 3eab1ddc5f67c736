/** Nothing that comes from the network makes the layer throw: requests and responses with odd but readable fields. RFC 4475. */
import { parse } from '@strowger/sip-parser'
import { newCall, seededRandom, simulate } from '@strowger/testkit'
import { expect, test } from 'vitest'

const URIS = [
  'sip:b@b',
  'sips:b@[2001:db8::1]:5061;lr',
  'tel:+34-91;phone-context=x',
  'urn:service:sos',
  'sip:%00@b',
  'sip:a%3bb:p%40w@b?subject=%0d%0aX',
  'SIP:B@B;x="y"',
  'sip:%ff@b',
  'nobodyKnowsThisScheme:totallyopaquecontent',
]
const NAMES = ['', '"q\\"uo\\\\te" ', '"\u00fc" ', 'two words ', '"\\\u0001" ']
const TAGS = ['', ';tag=1', ';tag=1;other', ';tag="quoted"', ';tag=;x=%0d']
const VIAS = [
  'h;branch=z9hG4bKa',
  'h',
  '[::1]:5060;branch=z9hG4bKb;rport=;received=[::2]',
  'h;branch=z9hG4bK',
  'h;branch=;maddr=x',
  'h;branch=z9hG4bK%;"x"=1',
]
const METHODS = ['INVITE', 'ACK', 'CANCEL', 'OPTIONS', 'BYE', 'invite', '!%*']

test('any message that the parser accepts is taken without an exception', () => {
  let taken = 0
  for (let seed = 0; seed < 4000; seed++) {
    const random = seededRandom(seed)
    const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
    const net = simulate({ seed })
    const branch = `${pick(VIAS)}`
    const ours = net.client.layer.send(0, newCall('INVITE', net.client.token), net.client.hop, { branch: 'ours' })
    net.drain()
    const method = pick(METHODS)
    const start = random() < 0.5 ? `${method} ${pick(URIS)} SIP/2.0` : `SIP/2.0 ${pick([100, 180, 200, 302, 486, 699])} x`
    const via = start.startsWith('SIP/2.0') ? '192.0.2.1:5060;branch=z9hG4bKours' : branch
    const address = (): string => `${pick(NAMES)}<${pick(URIS)}>${pick(TAGS)}`
    const cseq = start.startsWith('SIP/2.0') ? 'INVITE' : method
    const text = `${start}\r\nVia: SIP/2.0/UDP ${via}\r\nFrom: ${address()}\r\nTo: ${address()}\r\nCall-ID: ${pick(['c', '{<>}"', 'a@[::1]'])}\r\nCSeq: 1 ${cseq}\r\nMax-Forwards: 70\r\nTimestamp: ${pick(['1', 'x\u0001y', ''])}\r\n\r\n`
    const message = parse(Buffer.from(text))
    if (message.kind === 'malformed') continue
    taken++
    expect(() => {
      net.client.layer.receive(0, message, net.client.hop)
      for (let out = net.client.layer.poll(); out !== undefined; out = net.client.layer.poll()) {
        if (out.kind === 'request') net.client.layer.accept(0, out.incoming)
      }
      net.client.layer.receive(0, message, net.client.hop)
      net.client.layer.cancel(1, ours)
      net.client.layer.wake(5000)
      net.client.layer.wake(200_000)
    }, `seed ${seed}:\n${text}`).not.toThrow()
  }
  expect(taken).toBeGreaterThan(1000)
})

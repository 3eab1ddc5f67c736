/** Reads a request, passes it on as a proxy does, and answers one that has travelled too far. RFC 3261 §16.6, §8.2.6. */
import '@strowger/sip-parser/node'
import { CallId, edit, MaxForwards, parse, responseTo, To, utf8, utf8Bytes, Via } from '@strowger/sip-parser'

const datagram = utf8Bytes(
  [
    'OPTIONS sip:bob@example.com SIP/2.0',
    'v: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK74bf9',
    'Max-Forwards: 70',
    'f: "Alice" <sip:alice@example.com>;tag=9fxced76sl',
    't:   Bob <sip:bob@example.com>',
    'i: 3848276298220188511@192.0.2.1',
    'CSeq: 1 OPTIONS',
    'X-Odd:   kept as it is  ',
    '',
    '',
  ].join('\r\n'),
)

const message = parse(datagram)
if (message.kind !== 'request') throw new Error(message.kind)
const { method, uri, headers } = message
console.log(`${method} for ${uri.user} at ${uri.host}, call ${headers.get(CallId)}, to "${headers.get(To)?.displayName}"\n`)

const here: Via = { transport: 'UDP', host: '198.51.100.7', port: 5060, branch: 'z9hG4bK1d2c', rport: true }
const hops = headers.get(MaxForwards) ?? 70
console.log(
  utf8(
    edit(message)
      .prepend(Via, here)
      .replace(MaxForwards, hops - 1)
      .toBytes(),
  ),
)

console.log(utf8(responseTo(message, 483, { toTag: 'a6c85cf' }).toBytes()))

const broken = parse(utf8Bytes('OPTIONS sip:bob@example.com SIP/2.0\r\nCSeq: one OPTIONS\r\n\r\n'))
if (broken.kind === 'malformed') console.log(`${broken.code} at byte ${broken.offset}`)

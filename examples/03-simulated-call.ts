/** A call that is declined, on a network that loses four datagrams. Forty seconds pass in no time. RFC 3261 §17.1.1, §17.2.1. */
import { CallId, CSeq, From, MaxForwards, newRequest, parse, parseUri, responseTo, To, utf8 } from '@strowger/sip-parser'
import { type Hop, TransactionLayer } from '@strowger/sip-transaction'
import { nodeTagOf, nodeToken } from '@strowger/sip-transaction/node'

const alice = { address: '192.0.2.1', port: 5060 }
const bob = { address: '192.0.2.2', port: 5060 }
const options = { token: nodeToken, tagOf: nodeTagOf(new Uint8Array(16)) }
const [caller, callee] = [new TransactionLayer(options), new TransactionLayer(options)]
const wire: { readonly at: number; readonly bytes: Uint8Array; readonly hop: Hop }[] = []
const lost = new Set([1, 2, 5, 6])
let sent = 0

const party = (user: string, tag?: string) => ({ uri: parseUri(`sip:${user}@example.com`)!, params: new Map(tag ? [['tag', tag]] : []) })
const invite = newRequest('INVITE', 'sip:bob@192.0.2.2')
  .append(MaxForwards, 70)
  .append(From, party('alice', '1928'))
  .append(To, party('bob'))
invite.append(CallId, 'a84b4c76e66710').append(CSeq, { sequence: 1, method: 'INVITE' })
caller.send(0, invite, { transport: 'UDP', local: alice, remote: bob })

for (let now = 0; now < Infinity; now = Math.min(caller.nextWake, callee.nextWake, wire[0]?.at ?? Infinity)) {
  for (const { bytes, hop } of wire.splice(0, wire.filter(({ at }) => at <= now).length)) {
    const message = parse(bytes)
    if (message.kind === 'malformed') continue
    const layer = hop.remote === bob ? callee : caller
    layer.receive(now, message, { transport: 'UDP', local: hop.remote, remote: hop.local })
  }
  for (const layer of [caller, callee]) {
    layer.wake(now)
    for (let out = layer.poll(); out !== undefined; out = layer.poll()) {
      if (out.kind === 'request') layer.respond(now, layer.accept(now, out.incoming), responseTo(out.incoming.request, 603))
      if (out.kind === 'terminated') console.log(`${now}\t${out.transaction.side} transaction is over`)
      if (out.kind !== 'transmit') continue
      const arrives = !lost.has(++sent)
      if (arrives) wire.push({ at: now + 20, bytes: out.bytes, hop: out.hop })
      console.log(`${now}\t${layer === caller ? '->' : '<-'} ${utf8(out.bytes).split('\r\n')[0]}${arrives ? '' : '   (lost)'}`)
    }
  }
}

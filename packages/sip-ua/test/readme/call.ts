import { parse, utf8, utf8Bytes } from '@strowger/sip-parser'
import { type Hop, TransactionLayer } from '@strowger/sip-transaction'
import { nodeTagOf } from '@strowger/sip-transaction/node'
import { UserAgent } from '@strowger/sip-ua/call'
import { nodeHash as hash, nodeRandom as random, nodeToken as token } from '@strowger/sip-ua/node'

const [home, away] = [{ address: '192.0.2.1', port: 5060 } as const, { address: '192.0.2.2', port: 5060 } as const]
const phone = (contact: string, hop: Hop) => {
  const layer = new TransactionLayer({ token, tagOf: nodeTagOf(new Uint8Array(16)) })
  return { hop, layer, agent: new UserAgent({ layer, token, random, hash, contact, hop: () => hop }) }
}
const alice = phone('sip:alice@192.0.2.1', { transport: 'UDP', local: home, remote: away })
const bob = phone('sip:bob@192.0.2.2', { transport: 'UDP', local: away, remote: home })

/** Where sockets would be: what one layer sends the other receives. False when it has nothing to say. */
const pump = (from: typeof alice, to: typeof alice, now = 0) => {
  const output = from.layer.poll()
  const message = output?.kind === 'transmit' ? parse(output.bytes) : undefined
  if (message && message.kind !== 'malformed') to.layer.receive(now, message, to.hop)
  if (output && output.kind !== 'transmit') from.agent.take(now, output)
  return output !== undefined
}

const call = alice.agent.invite(0, { from: 'sip:alice@example.com', to: 'sip:bob@example.com', offer: utf8Bytes('v=0 alice') })
while (pump(alice, bob) || pump(bob, alice)) {
  const [mine, theirs] = [alice.agent.poll(), bob.agent.poll()]
  if (theirs?.kind === 'incoming') bob.agent.answer(0, theirs.call, { description: utf8Bytes('v=0 bob') })
  if (mine?.kind === 'answer') console.log(utf8(mine.answer)) // v=0 bob
}
console.log(alice.agent.find(call)?.state) // confirmed

const saved = alice.agent.save(0, call) // JSON in any state, its transactions included; another process does restore(now, saved)
console.log(saved?.call.state) // confirmed

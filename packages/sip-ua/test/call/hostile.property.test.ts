/** Whatever comes in, nothing throws, and the call can still be ended. RFC 3261 §8.2, RFC 4475. */
import { parse } from '@strowger/sip-parser'
import { seededRandom } from '@strowger/testkit'
import { expect, test } from 'vitest'
import { Net, type Party, type Script, sdp } from './net.ts'

const busy: Script = (output, party) => {
  if (output.kind === 'incoming') {
    party.agent.ring(party.now, output.call, 183, { description: sdp('early') })
    party.net.after(300, () => void party.agent.answer(party.now, output.call, { description: sdp('answer') }))
  }
  if (output.kind === 'offer') party.agent.answerOffer(party.now, output.call, sdp('answer'))
  if (output.kind === 'request') party.agent.respond(party.now, output.call, output.id, 200)
  if (output.kind === 'confirmed') {
    party.agent.offer(party.now, output.call, sdp('again'))
    party.agent.request(party.now, output.call, 'INFO')
  }
}

/** Some bytes changed, a line lost, doubled or swapped for another message's. */
function mutated(wire: Uint8Array, random: () => number): Uint8Array {
  const pick = (n: number): number => Math.floor(random() * n)
  if (random() < 0.5) {
    const bytes = wire.slice()
    for (let i = pick(4); i >= 0; i--) bytes[pick(bytes.length)] = pick(256)
    return bytes
  }
  const lines = new TextDecoder('latin1').decode(wire).split('\r\n')
  const at = 1 + pick(lines.length - 1)
  if (random() < 0.5) lines.splice(at, 1)
  else lines.splice(at, 0, WORDS[pick(WORDS.length)]!)
  return new TextEncoder().encode(lines.join('\r\n'))
}

const WORDS = [
  'Require: 100rel',
  'RSeq: 0',
  'RSeq: 4294967295',
  'RAck: x',
  'Session-Expires: 1',
  'Session-Expires: 999999999999',
  'Min-SE: 5000',
  'Contact: *',
  'Contact: <tel:+1>',
  'Replaces: a;to-tag=b;from-tag=c',
  'Record-Route: <sip:1.2.3.4>',
  'Record-Route: <urn:x:y>',
  'Content-Type: multipart/mixed;boundary=x',
  'Content-Type: text/plain',
  'WWW-Authenticate: Digest realm="a", nonce="b"',
  'Retry-After: 1',
  'Event: refer',
  'Supported: timer, 100rel',
]

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'messages that were damaged on the way throw nothing and leave nothing, seed %i (RFC 4475 §3)',
  seed => {
    const random = seededRandom(seed)
    const net = new Net({ seed, delayMs: 10 })
    const options = { credentials: () => ({ username: 'u', password: 'p' }) }
    const [alice, bob] = [net.party('alice', busy, options), net.party('bob', busy, options)] as [Party, Party]
    let delivered = 0
    net.tap = (message, to) => {
      if (random() > 0.3) return
      const damaged = parse(mutated(message.wire, random))
      if (damaged.kind === 'malformed') return
      delivered++

      net.after(random() * 200, () => to.layer.receive(to.now, damaged, to.hopFrom(to === alice ? bob : alice)))
    }
    for (let i = 0; i < 40; i++) {
      const call = net.call(i % 2 === 0 ? alice : bob, i % 2 === 0 ? bob : alice)
      net.after(5000, () => {
        for (const party of [alice, bob]) party.agent.hangUp(party.now, call)
      })
      net.advance(200)
    }
    net.advance(10_000)
    for (const party of [alice, bob]) for (const call of net.names(party)) party.agent.hangUp(party.now, call)
    net.tap = () => {}
    net.drain()
    expect(delivered, `seed ${seed}`).toBeGreaterThan(50)
    expect(
      net.leftovers().every(each => each === 0),
      `seed ${seed}`,
    ).toBe(true)
  },
)

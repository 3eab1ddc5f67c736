/** Hundreds of calls over a network that loses, delays, doubles and overtakes. RFC 3261 §13, §15, §17. */
import { CallId, CSeq, type SipResponse, To, tagOf } from '@strowger/sip-parser'
import { seededRandom } from '@strowger/testkit'
import { expect, test } from 'vitest'
import { Net, type NetOptions, type Party, type Script, sdp } from './net.ts'

const CALLS = 300

/** A party that does one thing or the other with each call, at random moments. */
function moody(random: () => number): Script {
  return (output, party) => {
    const { net } = party
    const later = (act: () => void): void => net.after(random() * 3000, act)
    const { call } = output
    if (output.kind === 'incoming') {
      const mood = random()
      if (mood < 0.5) party.agent.ring(party.now, call, random() < 0.5 ? 180 : 183, random() < 0.5 ? { description: sdp('early') } : {})
      later(() => {
        if (mood < 0.15) party.agent.refuse(party.now, call)
        else party.agent.answer(party.now, call, { description: sdp('answer') })
      })
    }
    if (output.kind === 'offer') {
      if (random() < 0.2) party.agent.refuseOffer(party.now, call)
      else party.agent.answerOffer(party.now, call, sdp('answer'))
    }
    if (output.kind === 'request') party.agent.respond(party.now, call, output.id, random() < 0.9 ? 200 : 500)
    if (output.kind !== 'confirmed') return
    if (random() < 0.4) later(() => void party.agent.offer(party.now, call, sdp('again'), random() < 0.5 ? { by: 'UPDATE' } : {}))
    if (random() < 0.3) later(() => void party.agent.request(party.now, call, 'INFO'))
    later(() => void (random() < 0.5 && party.agent.hangUp(party.now, call)))
    net.after(12_000 * random(), () => void party.agent.hangUp(party.now, call))
  }
}

function run(options: NetOptions & { readonly seed: number }, restarts: boolean): { net: Net; alice: Party; bob: Party } {
  const net = new Net(options)
  const random = seededRandom(options.seed + 1)
  const alice = net.party('alice', moody(random))
  const bob = net.party('bob', moody(random))
  for (let i = 0; i < CALLS; i++)
    net.after(i * 50, () => {
      const [from, to] = random() < 0.5 ? [alice, bob] : [bob, alice]
      const call = net.call(from, to, random() < 0.8 ? { offer: sdp('offer') } : {})
      if (random() < 0.15) net.after(random() * 2000, () => void from.agent.hangUp(from.now, call))
    })
  if (restarts) for (let i = 1; i < 6; i++) net.after(i * 4000, () => (i % 2 === 0 ? alice : bob).restart())
  net.advance(200_000)
  return { net, alice, bob }
}

/** Final responses to one request: one status and one To tag, however often it is sent. */
function finals(net: Net): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const { message, from } of net.sent) {
    // A CANCEL is answered by the layer without memory (RFC 3261 §9.2): 200, then 481 when its INVITE is gone.
    if (message.kind !== 'response' || message.status < 200 || message.headers.get(CSeq)?.method === 'CANCEL') continue
    const key = `${from} ${keyOf(message)}`
    const to = message.headers.get(To)
    found.set(key, (found.get(key) ?? new Set()).add(`${message.status} ${to && tagOf(to)}`))
  }
  return found
}

function keyOf({ headers }: SipResponse): string {
  const cseq = headers.get(CSeq)
  return `${headers.get(CallId)} ${cseq?.sequence} ${cseq?.method} ${headers.raw('Via')[0]}`
}

function ends(party: Party): Map<string, number> {
  const found = new Map<string, number>(party.net.names(party).map(id => [id, 0]))
  for (const { call } of party.of('ended')) found.set(call, (found.get(call) ?? 0) + 1)
  return found
}

const NETWORKS: readonly (readonly [string, NetOptions, boolean])[] = [
  ['a good network', { delayMs: 20 }, false],
  ['loss of a fifth, doubling and overtaking', { delayMs: 40, loss: 0.2, duplicate: 0.1, reorder: 0.2 }, false],
  ['loss of two fifths', { delayMs: 100, loss: 0.4 }, false],
  ['a reliable transport', { delayMs: 30, transport: 'TCP' }, false],
  [
    'loss of a tenth while both parties are restarted from JSON now and then',
    { delayMs: 40, loss: 0.1, duplicate: 0.1, reorder: 0.1 },
    true,
  ],
]

for (const [name, options, restarts] of NETWORKS)
  for (const seed of [1, 2026]) {
    test(`over ${name} every call ends once on both sides and leaves nothing, seed ${seed} (RFC 3261 §15, §17)`, () => {
      const { net, alice, bob } = run({ ...options, seed }, restarts)
      for (const party of [alice, bob])
        for (const [call, times] of ends(party)) expect([seed, party.name, call, times]).toEqual([seed, party.name, call, 1])
      for (const [request, statuses] of finals(net))
        expect([seed, request, [...statuses]]).toEqual([seed, request, [...statuses].slice(0, 1)])
      expect(
        net.leftovers().every(each => each === 0),
        `seed ${seed}`,
      ).toBe(true)
      expect(alice.of('confirmed').length + bob.of('confirmed').length).toBeGreaterThan(CALLS / 2)
    })
  }

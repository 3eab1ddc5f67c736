/** Thousands of calls at once through a proxy, over a network that loses, delays, duplicates, reorders and falls apart. RFC 3261 §17. */
import { describe, expect, test } from 'vitest'
import type { TransactionLayer } from '../src/index.ts'
import type { Transactions } from '../src/transactions.ts'
import { Network, type Weather } from './network/network.ts'
import { answering, Caller, forwarding } from './network/users.ts'

const CUT = [
  { from: 6000, until: 18_000, between: ['proxy', 'callee1'] },
  { from: 15_000, until: 52_000, between: ['caller', 'proxy'] },
  { from: 30_000, until: 31_000, between: ['proxy', 'callee0'] },
] as const
const BAD: Weather = { seed: 0, loss: 0.1, duplicate: 0.1, delayMs: [5, 200], cuts: [], transport: 'UDP' }
const WEATHERS: readonly (Weather & { readonly calls: number })[] = [
  { ...BAD, seed: 1, calls: 2000 },
  { ...BAD, seed: 2, calls: 600, loss: 0.35, duplicate: 0.3, delayMs: [1, 240] },
  { ...BAD, seed: 3, calls: 1000, cuts: CUT },
  { ...BAD, seed: 4, calls: 1000, cuts: CUT, transport: 'TCP' },
  { ...BAD, seed: 5, calls: 600, loss: 0, duplicate: 0, delayMs: [0, 0] },
]

for (const weather of WEATHERS) {
  const { seed, calls, loss, cuts, transport } = weather
  describe(`${calls} calls over ${transport}, ${loss * 100} % lost, ${cuts.length} cuts, seed ${seed}`, () => {
    const { caller, seen, network } = play(weather, calls)
    const heard = [...caller.heard.values()]

    test('never are two final responses to one request passed up, but repeated 2xx of an INVITE (RFC 3261 §17.1, RFC 6026 §7.2)', () => {
      for (const { method, finals } of heard) {
        if (method === 'INVITE' && finals[0] === 200) expect(new Set(finals)).toEqual(new Set([200]))
        else expect(finals.length).toBeLessThanOrEqual(1)
      }
    })

    test('every request has its outcome: a final response, or `failed` (RFC 3261 §17.1.1.2, §17.1.2.2)', () => {
      const lost = heard.filter(({ finals, failed }) => finals.length === 0 && failed === 0)
      expect(lost).toEqual([])
      expect(heard.filter(({ finals, failed }) => finals.length === 0 && failed !== 1)).toEqual([])
    })

    test('every transaction ends, once, and nothing is heard of it after that (RFC 3261 §17)', () => {
      expect(heard.filter(({ terminated, afterEnd }) => terminated !== 1 || afterEnd)).toEqual([])
    })

    test('a request comes up once, however often it arrives (RFC 3261 §17.2)', () => {
      expect([...seen].filter(([, times]) => times > 1)).toEqual([])
    })

    test('nothing is kept after the last timer (RFC 3261 §17)', () => {
      for (const { layer } of network.elements) {
        expect(layer.counts()).toEqual({ client: 0, server: 0, timers: 0 })
        expect(insideOf(layer).kept()).toEqual({ keys: 0, messages: 0, hops: 0 })
      }
    })

    test('many calls were alive at once, answered, refused, cancelled and failed', () => {
      expect(heard.length).toBeGreaterThan(calls)
      const outcomes = new Set(heard.flatMap(({ finals, failed }) => (failed > 0 ? ['failed'] : finals.map(String))))
      for (const outcome of ['200', '486', '487', ...(cuts.length > 0 ? ['failed'] : [])]) expect(outcomes).toContain(outcome)
    })
  })
}

/** What a user of the layer cannot see. */
function insideOf(layer: TransactionLayer): Transactions {
  return (layer as unknown as { readonly live: Transactions }).live
}

function play(weather: Weather, calls: number) {
  const network = new Network(weather)
  const seen = new Map<string, number>()
  const caller = new Caller(network.add('caller'), 'proxy')
  forwarding(network.add('proxy'), ['callee0', 'callee1'])
  for (const name of ['callee0', 'callee1']) answering(network.add(name), seen)
  for (let i = 0; i < calls; i++) {
    const cancelMs = network.random() < 0.25 ? network.between(0, 9000) : undefined
    network.after(network.between(0, 20_000), () => (network.random() < 0.9 ? caller.call(cancelMs) : caller.ask('OPTIONS')))
  }
  network.run(3_600_000)
  return { network, caller, seen }
}

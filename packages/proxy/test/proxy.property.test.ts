import { expect, test } from 'vitest'
import { LossyCall } from './lossy-call.ts'

const SEEDS = Array.from({ length: 150 }, (_, i) => i + 1)

test('whatever is lost, doubled, late or cancelled: one final response, every media session released once, nothing left (RFC 3261 §16)', () => {
  for (const seed of SEEDS) {
    const call = new LossyCall(seed)
    call.run()
    const hint = `seed ${seed}`
    const refusals = new Set(call.finals.filter(f => f.status >= 300).map(f => Buffer.from(f.wire).toString()))
    const answers = call.finals.filter(f => f.status < 300)
    expect(refusals.size, hint).toBeLessThanOrEqual(answers.length > 0 ? 0 : 1)
    expect(call.ended, hint).toBe(true)
    const offered = [...new Set(call.bench.media.map(m => m.session))].sort()
    const released = call.bench.facts.flatMap(f => (f.kind === 'release' ? [`${f.call}.${f.leg}`] : [])).sort()
    expect(released, hint).toEqual(offered)
    expect(call.bench.proxy.counts(), hint).toEqual({ proxied: 0, waits: 0, held: 0 })
    expect(call.bench.layer.counts(), hint).toEqual({ client: 0, server: 0, timers: 0 })
  }
})

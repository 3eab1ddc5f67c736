import { seededRandom } from '@strowger/testkit'
import { describe, expect, it } from 'vitest'
import { Watch } from './watch.ts'

/** One watcher and one notifier for some simulated hours on a bad network; the state changes, the watcher stops and starts. */
function live(seed: number): Watch {
  const random = seededRandom(seed)
  const watch = new Watch({
    seed,
    loss: 0.15,
    duplicate: 0.1,
    reorder: 0.2,
    delayMs: 40,
    subscription: { seconds: 300 },
    tools: { random },
  }).start()
  for (let i = 0; i < 40; i++) {
    watch.run(random() * 200)
    const draw = random()
    if (draw < 0.6) watch.change(`v${i + 1}`)
    else if (draw < 0.7) watch.stop()
    else watch.start()
  }
  return watch
}

describe('a watcher and a notifier on a network that loses, doubles and reorders', () => {
  const SEEDS = Array.from({ length: 25 }, (_, i) => 1000 + i)

  it('agree on the newest state in the end (RFC 6665 §4.2.2, §4.1.3)', () => {
    for (const seed of SEEDS) {
      const watch = live(seed).start().run(4000)
      watch.change('last').run(60)
      // A NOTIFY that was lost for good ends the subscription; the watcher finds out at its next refresh at the latest.
      watch.run(4000)
      expect([seed, watch.known, watch.watcher.state]).toEqual([seed, 'last', 'running'])
      expect([seed, watch.subscribers]).toEqual([seed, 1])
    }
  })

  it('keep nothing once both have stopped and the last timer is over (RFC 6665 §4.4.1)', () => {
    for (const seed of SEEDS) {
      const watch = live(seed).stop().run(100).stop()
      const left = watch.simulation.settle()
      watch.run(4000)
      expect([seed, watch.subscribers, watch.watcher.state, watch.watcher.nextWake, watch.notifier.nextWake]).toEqual([
        seed,
        0,
        'idle',
        Number.POSITIVE_INFINITY,
        Number.POSITIVE_INFINITY,
      ])
      expect([seed, left.client + left.server]).toEqual([seed, 0])
    }
  })

  it('never see an older state after a newer one (RFC 3261 §12.2.2)', () => {
    for (const seed of SEEDS) {
      const versions = live(seed)
        .told.flatMap(line => /v(\d+)$/.exec(line)?.[1] ?? [])
        .map(Number)
      expect([seed, versions]).toEqual([seed, [...versions].sort((a, b) => a - b)])
    }
  })
})

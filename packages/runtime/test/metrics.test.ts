import { expect, test } from 'vitest'
import { createMetrics } from '../src/index.ts'

test('histograms kept elsewhere are read at each scrape: each bucket holds those below it, the last one all', async () => {
  const metrics = createMetrics(false)
  const counts = new Float64Array([1, 0, 2])
  metrics.histogramsOf('strowger_wait_seconds', 'How long', ['method'], [0.5, 1], () => [{ labels: { method: 'BYE' }, counts, sum: 7.5 }])
  counts[1] = 4
  expect(await metrics.exposition()).toBe(
    [
      '# HELP strowger_wait_seconds How long',
      '# TYPE strowger_wait_seconds histogram',
      'strowger_wait_seconds_bucket{method="BYE",le="0.5"} 1',
      'strowger_wait_seconds_bucket{method="BYE",le="1"} 5',
      'strowger_wait_seconds_bucket{method="BYE",le="+Inf"} 7',
      'strowger_wait_seconds_sum{method="BYE"} 7.5',
      'strowger_wait_seconds_count{method="BYE"} 7',
      '',
    ].join('\n'),
  )
})

test('counters kept elsewhere are read at each scrape, by their labels', async () => {
  const metrics = createMetrics(false)
  const counts = new Map([['slow', 1]])
  metrics.countersOf('strowger_events_total', 'What happened', ['event'], () =>
    [...counts].map(([event, count]) => ({ labels: { event }, count })),
  )
  expect(await metrics.exposition()).toContain('# TYPE strowger_events_total counter\nstrowger_events_total{event="slow"} 1\n')
  counts.set('slow', 3).set('stuck', 2)
  expect(await metrics.exposition()).toContain('strowger_events_total{event="slow"} 3\nstrowger_events_total{event="stuck"} 2\n')
})

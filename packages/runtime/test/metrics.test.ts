import { expect, test } from 'vitest'
import { createMetrics } from '../src/index.ts'

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

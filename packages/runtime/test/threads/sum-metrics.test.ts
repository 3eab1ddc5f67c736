import { expect, test } from 'vitest'
import { createMetrics, type Metrics, SummedMetrics } from '../../src/index.ts'

function worker(messages: number, calls: number, admitted: number): Metrics {
  const metrics = createMetrics(false)
  metrics.countersOf('strowger_messages_total', 'Messages', ['kind'], () => [{ labels: { kind: 'INVITE' }, count: messages }])
  metrics.gauge('strowger_calls', 'Calls', () => calls)
  metrics.gauge('strowger_admitted_ratio', 'Part that is taken', () => admitted)
  metrics.histogram('strowger_delay_seconds', 'Delay', [1]).observe(0.5)
  return metrics
}

const lines = async (summed: SummedMetrics): Promise<string[]> =>
  (await summed.exposition()).split('\n').filter(line => line !== '' && !line.startsWith('#'))

test('counters, gauges and histograms of all threads are added up, parts of a whole are not', async () => {
  const summed = new SummedMetrics()
  summed.heard(1, await worker(3, 2, 1).registry.getMetricsAsJSON())
  summed.heard(2, await worker(4, 5, 0.5).registry.getMetricsAsJSON())
  expect(await lines(summed)).toEqual([
    'strowger_messages_total{kind="INVITE"} 7',
    'strowger_calls 7',
    'strowger_admitted_ratio 0.75',
    'strowger_delay_seconds_bucket{le="1"} 2',
    'strowger_delay_seconds_bucket{le="+Inf"} 2',
    'strowger_delay_seconds_sum 1',
    'strowger_delay_seconds_count 2',
  ])
})

test('what a thread had counted stays when it has gone, what it had does not', async () => {
  const summed = new SummedMetrics()
  summed.heard(1, await worker(3, 2, 1).registry.getMetricsAsJSON())
  summed.heard(2, await worker(4, 5, 1).registry.getMetricsAsJSON())
  await summed.gone(1)
  await summed.gone(9)
  expect(await lines(summed)).toEqual(expect.arrayContaining(['strowger_messages_total{kind="INVITE"} 7', 'strowger_calls 5']))
  await summed.gone(2)
  expect(await lines(summed)).toEqual(
    expect.arrayContaining(['strowger_messages_total{kind="INVITE"} 7', 'strowger_delay_seconds_count 2']),
  )
})

test('two that go at the same time are both remembered, also while that is being added up', async () => {
  const summed = new SummedMetrics()
  for (const [id, messages] of [3, 4, 5].entries()) summed.heard(id, await worker(messages, 1, 1).registry.getMetricsAsJSON())
  const gone = [summed.gone(0), summed.gone(1)]
  expect(await lines(summed)).toContain('strowger_messages_total{kind="INVITE"} 12')
  await Promise.all(gone)
  expect(await lines(summed)).toContain('strowger_messages_total{kind="INVITE"} 12')
})

test('nobody is there yet', async () => {
  expect(await lines(new SummedMetrics())).toEqual([])
})

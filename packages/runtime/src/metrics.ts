/** A process's counters and gauges, in Prometheus' text. Names start with `strowger_`; the role's name is added by whoever gathers. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { HistogramsOf } from './histograms-of.ts'

export type { Counter, Gauge, Histogram } from 'prom-client'

export interface Metrics {
  readonly registry: Registry
  /** Name must end in `_total`. Keep the result of `.labels(…)`: it is the fast one. */
  counter(name: string, help: string, labels?: readonly string[]): Counter
  /** A counter kept elsewhere, in native code or a core: `read` is asked at each scrape. Name must end in `_total`. */
  counterOf(name: string, help: string, read: () => number): Counter
  /** Counters kept elsewhere that differ in their labels. Name must end in `_total`. */
  countersOf(name: string, help: string, labels: readonly string[], read: () => Iterable<LabelledCount>): Counter
  /** `read` is asked at each scrape; without it use `.set()`. `over`: what is said of several workers together, their sum or the least of them. */
  gauge(name: string, help: string, read?: () => number, over?: 'sum' | 'min'): Gauge
  /** A gauge with labels, filled by `.labels(…).set()` in `collect`. */
  gaugeOf(name: string, help: string, labels: readonly string[], collect?: (gauge: Gauge) => void): Gauge
  histogram(name: string, help: string, buckets: readonly number[], labels?: readonly string[]): Histogram
  /** Histograms kept elsewhere that differ in their labels. `bounds` in the unit of the name, ascending. */
  histogramsOf(
    name: string,
    help: string,
    labels: readonly string[],
    bounds: readonly number[],
    read: () => Iterable<LabelledHistogram>,
  ): void
  /** Text of metrics kept elsewhere, in threads; asked at each scrape. */
  also(read: () => Promise<string>): void
  /** Prometheus' text format 0.0.4. */
  exposition(): Promise<string>
}

/** One of {@link Metrics.countersOf}. */
export interface LabelledCount {
  readonly labels: Readonly<Record<string, string>>
  readonly count: number
}

/** One of {@link Metrics.histogramsOf}. */
export interface LabelledHistogram {
  readonly labels: Readonly<Record<string, string>>
  /** Of each bucket alone, one more than there are bounds. */
  readonly counts: ArrayLike<number>
  readonly sum: number
}

/** @param processMetrics CPU, memory and event loop of this process; off in tests. */
export function createMetrics(processMetrics = true): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const elsewhere: (() => Promise<string>)[] = []
  if (processMetrics) collectProcess(registry)
  return {
    registry,
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: [...labels], registers }),
    counterOf: (name, help, read) =>
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset()
          this.inc(read())
        },
      }),
    countersOf: (name, help, labels, read) =>
      new Counter({
        name,
        help,
        labelNames: [...labels],
        registers,
        collect() {
          this.reset()
          for (const { labels: values, count } of read()) this.inc({ ...values }, count)
        },
      }),
    gauge: (name, help, read, over = 'sum') =>
      new Gauge({
        name,
        help,
        registers,
        aggregator: over,
        ...(read
          ? {
              collect() {
                this.set(read())
              },
            }
          : {}),
      }),
    gaugeOf: (name, help, labels, collect) =>
      new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers,
        ...(collect
          ? {
              collect() {
                collect(this as Gauge)
              },
            }
          : {}),
      }),
    histogram: (name, help, buckets, labels = []) =>
      new Histogram({ name, help, buckets: [...buckets], labelNames: [...labels], registers }),
    histogramsOf: (name, help, labels, bounds, read) => {
      const metric = new HistogramsOf(name, help, bounds, read)
      for (const label of labels) if (label === 'le') throw new TypeError(`${name}: le is the label of the buckets`)
      registry.registerMetric(metric as unknown as Histogram)
    },
    also: read => void elsewhere.push(read),
    exposition: async () => (await Promise.all([registry.metrics(), ...elsewhere.map(read => read())])).join('\n'),
  }
}

/** Prom-client's own, but those whose names break Prometheus' rules (`_total` that is no counter). */
function collectProcess(registry: Registry): void {
  collectDefaultMetrics({ register: registry })
  for (const name of ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']) {
    registry.removeSingleMetric(name)
  }
}

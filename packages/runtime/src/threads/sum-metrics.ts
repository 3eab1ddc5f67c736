/** The metrics of several threads as one: counters and gauges are added up; what a thread that has gone had counted stays. */
import { AggregatorRegistry, type Registry } from 'prom-client'
import type { ThreadMetrics } from './run-thread.ts'

export class SummedMetrics {
  /** Counters of threads that have gone; added up to one every now and then. */
  #past: ThreadMetrics[] = []
  #adding: Promise<void> = Promise.resolve()
  /** As last heard of, by thread. */
  readonly #last = new Map<number, ThreadMetrics>()

  heard(worker: number, metrics: ThreadMetrics): void {
    this.#last.set(worker, metrics)
  }

  /** Its gauges are gone with it, its counters are not: a sum must never fall. */
  gone(worker: number): Promise<void> {
    const counters = (this.#last.get(worker) ?? []).filter(({ type }) => COUNTED.has(String(type)))
    this.#last.delete(worker)
    if (counters.length > 0) this.#past.push(counters)
    // One after the other: two that begin with the same past would forget one of the two.
    this.#adding = this.#adding.then(() => this.#addUp())
    return this.#adding
  }

  /** Prometheus' text. */
  exposition(): Promise<string> {
    return sumOf([...this.#past, ...this.#last.values()]).metrics()
  }

  async #addUp(): Promise<void> {
    const count = this.#past.length
    if (count < 2) return
    const sum = await sumOf(this.#past).getMetricsAsJSON()
    this.#past.splice(0, count, sum)
  }
}

/** Parts of a whole are not added up. */
function sumOf(all: readonly ThreadMetrics[]): Registry {
  const told = all.map(metrics => metrics.map(metric => (metric.name.endsWith('_ratio') ? { ...metric, aggregator: 'average' } : metric)))
  return AggregatorRegistry.aggregate(told as unknown as object[]) as unknown as Registry
}

/** Prom-client's own types say numbers, its JSON says words. */
const COUNTED: ReadonlySet<string> = new Set(['counter', 'histogram'])

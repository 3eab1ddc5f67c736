/** Histograms that are counted elsewhere, as what prom-client asks of a metric. Text format 0.0.4. */
import type { LabelledHistogram } from './metrics.ts'

interface Sample {
  readonly metricName: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

export class HistogramsOf {
  readonly name: string
  readonly help: string
  readonly type = 'histogram'
  readonly #bounds: readonly number[]
  readonly #read: () => Iterable<LabelledHistogram>

  constructor(name: string, help: string, bounds: readonly number[], read: () => Iterable<LabelledHistogram>) {
    this.name = name
    this.help = help
    this.#bounds = bounds
    this.#read = read
  }

  async get(): Promise<object> {
    const { name, help, type } = this
    return { name, help, type, aggregator: 'sum', values: [...this.#read()].flatMap(one => this.#samples(one)) }
  }

  reset(): void {}

  /** Each bucket holds those below it as well. */
  #samples({ labels, counts, sum }: LabelledHistogram): readonly Sample[] {
    let below = 0
    const buckets = [...this.#bounds, '+Inf'].map((le, i) => {
      below += counts[i] ?? 0
      return { metricName: `${this.name}_bucket`, labels: { ...labels, le }, value: below }
    })
    return [...buckets, { metricName: `${this.name}_sum`, labels, value: sum }, { metricName: `${this.name}_count`, labels, value: below }]
  }
}

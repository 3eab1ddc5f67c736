/** A transaction layer that measures how long its answers and those of others take. RFC 3261 §17. */
import type { MessageEdit } from '@strowger/sip-parser'
import {
  type ClientTransaction,
  type Hop,
  type Incoming,
  type Millis,
  type SendOptions,
  type ServerTransaction,
  type StatelessReply,
  TransactionLayer,
  type TransactionOptions,
} from '@strowger/sip-transaction'
import { METHOD_NAMES, methodIndex, statusIn } from '../counters.ts'
import { Histogram } from './histogram.ts'
import { StartTimes } from './start-times.ts'

/** Of one method, how often what took how long. */
export interface MethodLatency {
  /** `other` for one nobody registered. */
  readonly method: string
  /** Live: look, do not keep. */
  readonly histogram: Histogram
}

/** What an endpoint measures. Methods that never came are left out. */
export interface Latencies {
  /** From a request to our first provisional answer to it, the 100 that the layer sends by itself aside: how soon it rings. */
  readonly provisional: readonly MethodLatency[]
  /** From a request to our final answer, also one without a transaction. */
  readonly final: readonly MethodLatency[]
  /** From a request of ours to the first answer of the next hop, 100 included. */
  readonly hop: readonly MethodLatency[]
}

export class TimedLayer extends TransactionLayer {
  readonly #clock: () => Millis
  readonly #servers = new StartTimes()
  readonly #clients = new StartTimes()
  readonly #provisional: readonly Histogram[] = METHOD_NAMES.map(() => new Histogram())
  readonly #final: readonly Histogram[] = METHOD_NAMES.map(() => new Histogram())
  readonly #hop: readonly Histogram[] = METHOD_NAMES.map(() => new Histogram())
  /** When what is being served now was received. */
  turn: Millis = 0

  constructor(options: TransactionOptions, clock: () => Millis) {
    super(options)
    this.#clock = clock
  }

  override accept(now: Millis, incoming: Incoming): ServerTransaction {
    const transaction = super.accept(now, incoming)
    this.#servers.begin(transaction.id, now, methodIndex(incoming.request.method))
    return transaction
  }

  override replyStateless(incoming: Incoming, response: MessageEdit | StatelessReply): void {
    super.replyStateless(incoming, response)
    this.#final[methodIndex(incoming.request.method)]!.record(this.#clock() - this.turn)
  }

  override send(now: Millis, request: MessageEdit, hop: Hop, options: SendOptions = {}): ClientTransaction {
    const transaction = super.send(now, request, hop, options)
    this.#clients.begin(transaction.id, now, methodIndex(request.method ?? ''))
    return transaction
  }

  /** A response is on its way out. */
  answered({ id }: ServerTransaction, bytes: Uint8Array): void {
    const at = this.#servers.find(id)
    const status = statusIn(bytes)
    if (at < 0 || status === 100) return
    const histograms = status < 200 ? this.#provisional : this.#final
    if (status >= 200 || this.#servers.first(at)) histograms[this.#servers.mark(at)]!.record(this.#clock() - this.#servers.time(at))
    if (status >= 200) this.#servers.end(at)
  }

  /** A response came to a request of ours, in this turn. */
  heard({ id }: ClientTransaction): void {
    const at = this.#clients.find(id)
    if (at < 0) return
    this.#hop[this.#clients.mark(at)]!.record(this.turn - this.#clients.time(at))
    this.#clients.end(at)
  }

  get latencies(): Latencies {
    return { provisional: seen(this.#provisional), final: seen(this.#final), hop: seen(this.#hop) }
  }
}

function seen(histograms: readonly Histogram[]): readonly MethodLatency[] {
  return histograms.flatMap((histogram, index) => (histogram.count === 0 ? [] : { method: METHOD_NAMES[index]!, histogram }))
}

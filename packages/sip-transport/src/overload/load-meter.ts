/** Looks at the load of this process ten times a second and tells the controller. RFC 6357 §4. */
import { performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { Histogram } from '../tap/histogram.ts'
import { OverloadControl } from './overload-control.ts'
import { OVERLOAD_LIMITS, type OverloadLimits, type OverloadNews } from './overload-limits.ts'

/** What the meter cannot see by itself. {@link SipEndpoint} has both. */
export interface LoadSource {
  /** Of datagrams in the kernel, ms. */
  readonly queueMs: number
  /** What is alive. */
  counts(): { readonly transactions: { readonly client: number; readonly server: number } }
}

/** Sees the loop's lag and occupancy and the memory of this process by itself; `close` it. */
export class LoadMeter {
  /** Decides, and counts what it refused. */
  readonly control: OverloadControl
  /** How late its own timer was. */
  readonly loopLag: Histogram = new Histogram()
  readonly #source: LoadSource
  readonly #told: (news: OverloadNews) => void
  readonly #timer: NodeJS.Timeout
  #last: number = performance.now()
  #used: ReturnType<typeof performance.eventLoopUtilization> = performance.eventLoopUtilization()
  #memory = 0
  #samples = 0

  /** @param told once at the start, once at the end of each overload. */
  constructor(source: LoadSource, limits: Partial<OverloadLimits>, told: (news: OverloadNews) => void) {
    this.control = new OverloadControl({ ...OVERLOAD_LIMITS, ...limits }, Math.random)
    this.#source = source
    this.#told = told
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS).unref()
  }

  /** Of the overload there is. */
  get reason(): OverloadControl['reason'] {
    return this.control.reason
  }

  /** See {@link OverloadControl.retryAfter}. */
  retryAfter(): number {
    return this.control.retryAfter()
  }

  /** Why the work that this request begins is refused, counted; see {@link OverloadControl.refuses}. */
  refuses(callId: string, source?: string): ReturnType<OverloadControl['refuses']> {
    return this.control.reason === undefined ? undefined : this.control.refuses(callId, source, this.#source.queueMs)
  }

  /** Looks no more. */
  close(): void {
    clearInterval(this.#timer)
  }

  #sample(): void {
    const now = performance.now()
    const lagMs = Math.max(0, now - this.#last - SAMPLE_MS)
    this.#last = now
    this.loopLag.record(lagMs)
    const used = performance.eventLoopUtilization()
    const occupancy = performance.eventLoopUtilization(used, this.#used).utilization
    this.#used = used
    if (this.#samples++ % MEMORY_EVERY === 0) this.#memory = memoryUsed()
    const { client, server } = this.#source.counts().transactions
    const { queueMs } = this.#source
    const news = this.control.sample({ now, lagMs, queueMs, occupancy, transactions: client + server, memory: this.#memory })
    if (news !== undefined) this.#told(news)
  }
}

/** Of what V8 may have for its heap, or of what the control group may have, whichever is nearer to its end. 0 to 1. */
export function memoryUsed(): number {
  const { used_heap_size: heap, heap_size_limit: most } = getHeapStatistics()
  const group = process.constrainedMemory()
  // Without a control group it is 0, or more than any machine has.
  const resident = group > 0 && group < 2 ** 50 ? process.memoryUsage.rss() / group : 0
  return Math.max(heap / most, resident)
}

const SAMPLE_MS = 100
const MEMORY_EVERY = 10

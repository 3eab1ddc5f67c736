/**
 * Decides which part of the new work is taken: samples of the load in, verdicts out. No clock, no socket. RFC 3261 §21.5.4, RFC 6357 §5, §7.
 *
 * A symptom begins an overload: the loop late, the kernel's queue standing, too many transactions, too little memory. Of transactions
 * and memory nothing new is taken until a tenth is free again. Against the other two a part of the new calls is taken, found the way of
 * occupancy control: less while the symptom lasts or the loop is busier than {@link TARGET}, more while it is not. That part is divided among the
 * sources, so that who sends little is served whole.
 */
import { CallShare } from './call-share.ts'
import type { LoadSample, OverloadLimits, OverloadNews, OverloadReason } from './overload-limits.ts'
import { SourceShare } from './source-share.ts'

/** Give it samples, ask it about each new call. */
export class OverloadControl {
  readonly #limits: OverloadLimits
  readonly #random: () => number
  readonly #share: CallShare
  readonly #sources: SourceShare
  readonly #refused: Record<OverloadReason, number> = { lag: 0, queue: 0, transactions: 0, memory: 0 }
  readonly #lags: number[] = []
  #reason: OverloadReason | undefined
  #full: 'transactions' | 'memory' | undefined
  #admitted = 1
  #beganAt = 0
  #refusedBefore = 0
  #calmSince: number | undefined
  #now = 0

  /** @param random 0 to 1, for Retry-After and for which calls are refused. */
  constructor(limits: OverloadLimits, random: () => number) {
    this.#limits = limits
    this.#random = random
    this.#share = new CallShare(random)
    this.#sources = new SourceShare(random)
  }

  /** Ten times a second or so. */
  sample(load: LoadSample): OverloadNews | undefined {
    this.#now = load.now
    this.#full = this.#fullBy(load)
    const pressure = this.#pressure(load)
    const reason = this.#full ?? (pressure.of >= 1 ? pressure.by : undefined)
    if (this.#reason === undefined) return reason === undefined ? undefined : this.#begin(reason)
    if (reason !== undefined) this.#reason = reason
    this.#regulate(pressure.of, load.occupancy)
    this.#sources.divide(load.now, this.#admitted)
    const isCalm = reason === undefined && this.#admitted === 1 && pressure.of < CALM
    this.#calmSince = isCalm ? (this.#calmSince ?? load.now) : undefined
    return this.#calmSince !== undefined && load.now - this.#calmSince >= CALM_MS ? this.#end() : undefined
  }

  /**
   * Why this new call, or other work that belongs to none, is to be refused; counted as such, and as work of its source.
   * The same Call-ID has the same verdict for some seconds, while the load stays the same: a call that was challenged is not refused when it
   * comes again with its credentials, nor taken when it is only sent again.
   * @param source who sends it: an address, a user. Who sends little is served, even late, unless there is no room at all. Default: one for all.
   * @param waitedMs for how long it may have waited in the kernel: one that its sender has given up, or sent again, is not served before the others.
   */
  refuses(callId: string, source: string = '', waitedMs: number = 0): OverloadReason | undefined {
    if (this.#reason === undefined) return undefined
    const part = this.#sources.count(source)
    const isStale = waitedMs >= STALE_MS
    if (this.#full === undefined && (isStale ? part > 1 : this.#isTurnOf(callId, part))) return undefined
    const reason = this.#full ?? (isStale ? 'queue' : this.#reason)
    this.#refused[reason]++
    return reason
  }

  /** Seconds for Retry-After, each time others; 0 for none. */
  retryAfter(): number {
    const { retryAfterSeconds } = this.#limits
    return Math.round(retryAfterSeconds * (1 + 2 * this.#random()))
  }

  /** The reason, while there is an overload. */
  get reason(): OverloadReason | undefined {
    return this.#reason
  }

  /** Part of the new calls that are taken, 0 to 1. */
  get admitted(): number {
    return this.#full === undefined ? this.#admitted : 0
  }

  /** Since the start. */
  get refused(): Readonly<Record<OverloadReason, number>> {
    return this.#refused
  }

  #isTurnOf(callId: string, part: number): boolean {
    return this.#admitted === 1 || part >= 1 || this.#share.of(callId, this.#now) < part
  }

  /** With a tenth between the beginning and the end. */
  #fullBy({ transactions, memory }: LoadSample): 'transactions' | 'memory' | undefined {
    const limits = this.#limits
    const above = (value: number, limit: number, name: OverloadReason): boolean => value > limit * (this.#full === name ? FREE_AGAIN : 1)
    if (above(memory, limits.memory, 'memory')) return 'memory'
    return above(transactions, limits.transactions, 'transactions') ? 'transactions' : undefined
  }

  /** What is late again and again counts, not what was late once: a collection of garbage is no overload. */
  #pressure({ lagMs, queueMs }: LoadSample): { readonly of: number; readonly by: 'lag' | 'queue' } {
    this.#lags.push(lagMs)
    if (this.#lags.length > LAGS) this.#lags.shift()
    const lag = this.#lags.length < LAGS ? 0 : Math.min(...this.#lags) / this.#limits.lagMs
    const queue = queueMs / this.#limits.queueMs
    return lag > queue ? { of: lag, by: 'lag' } : { of: queue, by: 'queue' }
  }

  #begin(reason: OverloadReason): OverloadNews {
    this.#reason = reason
    this.#beganAt = this.#now
    this.#refusedBefore = this.#count()
    this.#calmSince = undefined
    if (this.#full === undefined) this.#admitted = FIRST_CUT
    this.#sources.begin(this.#now, this.#admitted)
    return { kind: 'began', reason }
  }

  #end(): OverloadNews {
    this.#reason = undefined
    return { kind: 'ended', lastedMs: this.#now - this.#beganAt, refused: this.#count() - this.#refusedBefore }
  }

  #regulate(pressure: number, occupancy: number): void {
    const room = occupancy > 0 ? TARGET / occupancy : MOST_STEP
    const mayCut = pressure >= 1 && this.#admitted > CUT_TO
    const step = Math.min(room, mayCut ? CUT : MOST_STEP)
    this.#admitted = Math.min(1, Math.max(LEAST, this.#admitted * step))
  }

  #count(): number {
    return Object.values(this.#refused).reduce((sum, count) => sum + count, 0)
  }
}

/** How busy the loop may be while calls are refused. */
const TARGET = 0.95
/** While a symptom lasts the part that is taken shrinks by so much with every sample, down to … */
const CUT = 0.7
/** … this; further down only as the loop is too busy: what waits in the kernel's queue is refused by its age, and will be gone. */
const CUT_TO = 0.15
/** Never nothing, or nobody would find out that there is room again. */
const LEAST = 0.01
const FIRST_CUT = 0.5
const MOST_STEP = 1.07
const FREE_AGAIN = 0.9
/** A symptom is over below this part of its limit, and an overload when that has lasted. */
const CALM = 0.5
const CALM_MS = 2000
/** Samples of the lag that must all be late. */
const LAGS = 5
/** T1: its sender has sent it again (RFC 3261 §17.1.1.2). */
const STALE_MS = 500

/** One question to as many name servers as it takes: who is slow is not given up, but another is asked as well. RFC 1034 §5.3.3, RFC 1536 §1. */

import type { Ask } from './dns-ask.ts'
import type { DnsClock } from './dns-clock.ts'
import type { DnsAnswer, DnsQuestion } from './dns-message.ts'
import type { DnsServers } from './dns-servers.ts'

/** How long we wait. */
export interface DnsPatience {
  /** For one server, before the next is asked as well, ms. */
  readonly tryMs: number
  /** For all of them together, ms. */
  readonly lookupMs: number
  /** A server that failed is on trial again after this, ms. */
  readonly trialMs: number
}

export interface LookupOptions {
  readonly ask: Ask
  readonly servers: DnsServers
  readonly clock: DnsClock
  readonly patience: DnsPatience
  count(event: 'dns-queries' | 'dns-timeouts' | 'dns-failures'): void
}

/** `undefined` when no server has answered in time. Never rejects. */
export function lookUp(question: DnsQuestion, options: LookupOptions): Promise<Extract<DnsAnswer, { kind: 'records' }> | undefined> {
  return new Promise(resolve => new Lookup(question, options, resolve).start())
}

type Records = Extract<DnsAnswer, { kind: 'records' }>

class Lookup {
  readonly #question: DnsQuestion
  readonly #options: LookupOptions
  readonly #resolve: (answer: Records | undefined) => void
  readonly #abort = new AbortController()
  readonly #timers = new Set<() => void>()
  /** Who is to be asked, first first: all twice, but for those that fail anyway. */
  readonly #plan: ReturnType<DnsServers['order']>[number][]
  #outstanding = 0
  #over = false

  constructor(question: DnsQuestion, options: LookupOptions, resolve: (answer: Records | undefined) => void) {
    const { servers } = options
    const order = servers.order()
    this.#question = question
    this.#options = options
    this.#resolve = resolve
    this.#plan = [...order, ...order.filter(server => servers.isHealthy(server))]
  }

  start(): void {
    const { servers, clock, patience } = this.#options
    const onTrial = servers.onTrial(clock.now(), patience.trialMs)
    this.#after(patience.lookupMs, () => this.#finish(undefined))
    this.#next()
    if (onTrial !== undefined && !this.#over) this.#try(onTrial)
  }

  #next(): void {
    const server = this.#plan.shift()
    if (server !== undefined) this.#send(server)
    else if (this.#outstanding === 0) this.#finish(undefined)
  }

  /** The next one is asked when this one fails, or is slow. */
  #send(server: ReturnType<DnsServers['order']>[number]): void {
    const { ask, servers, clock, patience, count } = this.#options
    let isSlow = false
    const failed = (): void => {
      servers.failed(server, clock.now())
      if (!isSlow) this.#next()
    }
    const stop = this.#after(patience.tryMs, () => {
      isSlow = true
      count('dns-timeouts')
      servers.failed(server, clock.now())
      this.#next()
    })
    this.#outstanding++
    count('dns-queries')
    ask(server, this.#question, this.#abort.signal)
      .catch(() => undefined)
      .then(answer => {
        stop()
        this.#outstanding--
        if (this.#over) return
        if (answer?.kind === 'records') {
          servers.answered(server)
          this.#finish(answer)
          return
        }
        count('dns-failures')
        failed()
        if (isSlow && this.#outstanding === 0 && this.#plan.length === 0) this.#finish(undefined)
      })
  }

  /** Beside the others: its answer counts, its silence does not, and it may be late. */
  #try(server: ReturnType<DnsServers['order']>[number]): void {
    const { ask, servers, clock, patience, count } = this.#options
    const abort = new AbortController()
    const stop = clock.after(patience.lookupMs, () => abort.abort())
    count('dns-queries')
    ask(server, this.#question, abort.signal)
      .then(answer => {
        if (answer.kind === 'records') servers.answered(server)
      })
      .catch(() => {})
      .finally(stop)
  }

  #after(ms: number, act: () => void): () => void {
    const cancel = this.#options.clock.after(ms, () => {
      this.#timers.delete(cancel)
      act()
    })
    this.#timers.add(cancel)
    return cancel
  }

  #finish(answer: Records | undefined): void {
    if (this.#over) return
    this.#over = true
    for (const cancel of this.#timers) cancel()
    this.#abort.abort()
    this.#resolve(answer)
  }
}

/** Whole calls through a proxy without sockets, on a simulated clock: what they take of real time and of CPU, writing the messages not counted. */
import { ProxyCore } from './proxy-core.ts'
import { FROM_CALLEE, messages, STEPS, type Step } from './traffic.ts'

export interface Spent {
  readonly ms: number
  /** Of all threads, so the garbage collector's too. */
  readonly cpuMs: number
}

export class Batches {
  readonly core: ProxyCore = new ProxyCore()
  readonly #calls: number
  readonly #perSecond: number
  #now = 0
  #call = 0
  #ms = 0
  #cpuMs = 0

  /** `calls` in one batch, of `perSecond`. */
  constructor(calls: number, perSecond: number) {
    this.#calls = calls
    this.#perSecond = perSecond
  }

  /** One batch: each call from its INVITE to the 200 of its BYE, and what was due by then. */
  run(): Spent {
    this.#ms = 0
    this.#cpuMs = 0
    let branches: readonly string[] = []
    for (const step of STEPS) {
      const list = messages(step, this.#call, this.#calls, branches)
      this.#measure(() => this.#receive(step, list))
      if (step === 'INVITE' || step === 'BYE') branches = this.core.branches
    }
    this.#now += (this.#calls * 1000) / this.#perSecond
    this.#call += this.#calls
    this.#measure(() => this.core.wake(this.#now))
    return { ms: this.#ms, cpuMs: this.#cpuMs }
  }

  #receive(step: Step, list: readonly Uint8Array[]): void {
    this.core.branches = []
    const port = FROM_CALLEE.has(step) ? 5070 : 5080
    for (const bytes of list) this.core.receive(this.#now, bytes, port)
  }

  #measure(act: () => void): void {
    const cpu = process.cpuUsage()
    const before = performance.now()
    act()
    this.#ms += performance.now() - before
    const { user, system } = process.cpuUsage(cpu)
    this.#cpuMs += (user + system) / 1000
  }
}

/** Whole calls through a proxy without sockets, on a simulated clock: what they take of real time and of CPU, writing the messages not counted. */
import { FROM_CALLEE, messages, STEPS, type Step } from './traffic.ts'

export interface Spent {
  readonly ms: number
  /** Of all threads, so the garbage collector's too. */
  readonly cpuMs: number
}

/** What the calls go through. */
export interface Core {
  /** Branches of the requests sent since it was last emptied. */
  branches: string[]
  /** A datagram from a phone on `port`. */
  receive(now: number, bytes: Uint8Array, port: number): void
  /** Ends what is due. */
  wake(now: number): void
}

export class Batches {
  readonly #core: Core
  readonly #calls: number
  readonly #perSecond: number
  #now = 0
  #call = 0
  #ms = 0
  #cpuMs = 0

  /** `calls` in one batch, of `perSecond`. */
  constructor(core: Core, calls: number, perSecond: number) {
    this.#core = core
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
      if (step === 'INVITE' || step === 'BYE') branches = this.#core.branches
    }
    this.#now += (this.#calls * 1000) / this.#perSecond
    this.#call += this.#calls
    this.#measure(() => this.#core.wake(this.#now))
    return { ms: this.#ms, cpuMs: this.#cpuMs }
  }

  #receive(step: Step, list: readonly Uint8Array[]): void {
    this.#core.branches = []
    const port = FROM_CALLEE.has(step) ? 5070 : 5080
    for (const bytes of list) this.#core.receive(this.#now, bytes, port)
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

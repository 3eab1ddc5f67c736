/** Time that passes when a test says so; what is due runs in its order, and whoever awaits it gets its turn in between. */
import type { DnsClock } from '../../src/dns/dns-clock.ts'

export class TestClock implements DnsClock {
  #now = 0
  #due: { readonly at: number; readonly act: () => void }[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, act: () => void): () => void {
    const timer = { at: this.#now + ms, act }
    this.#due.push(timer)
    return () => {
      this.#due = this.#due.filter(other => other !== timer)
    }
  }

  async pass(ms: number): Promise<void> {
    const until = this.#now + ms
    await turns()
    for (;;) {
      const [next] = this.#due.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#now = Math.max(this.#now, next.at)
      this.#due = this.#due.filter(other => other !== next)
      next.act()
      await turns()
    }
    this.#now = until
    await turns()
  }
}

/** Everybody who can go on has gone on. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate)
}

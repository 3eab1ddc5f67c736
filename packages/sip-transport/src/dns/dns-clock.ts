/** Time for the resolver: the machine's, or a test's. */

export interface DnsClock {
  /** Monotonic ms. */
  now(): number
  /** Runs `act` once, in `ms`, unless what it returns is called before. */
  after(ms: number, act: () => void): () => void
}

export const machineClock: DnsClock = {
  now: () => performance.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms)
    return () => clearTimeout(timer)
  },
}

/** The two clocks: one that never jumps, for waits and durations, and the wall's, for people. Both in milliseconds. */
export function monotonic(): number {
  return performance.now()
}

/** UTC, milliseconds since 1970. */
export function wall(): number {
  return Date.now()
}

/** Waits for something, and does something about it when it takes too long. */

/** Resolves to what `wanted` does, however late; `late` is called once, after `ms`. */
export function within<T>(wanted: Promise<T>, ms: number, late: () => void): Promise<T> {
  const timer = setTimeout(late, ms)
  return wanted.finally(() => clearTimeout(timer))
}

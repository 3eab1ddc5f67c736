/** Waits for what no event tells of: asks again until the answer is there, or says what was missing. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 30_000,
): Promise<T> {
  const end = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (performance.now() > end) throw new Error(`${timeoutMs} ms passed without ${what}`)
    await new Promise(resolve => setTimeout(resolve, 25))
  }
}

/** What a promise in seconds is worth on this machine: tests of such promises hold on a slow or busy machine too, and still fail where a step hangs. */

/** 1 on a machine as the promises are made for, 4 on one that is four times slower just now. */
export function slowness(): number {
  const took = Math.min(...Array.from({ length: 5 }, lap))
  return Math.max(1, took / USUAL_MS)
}

function lap(): number {
  const start = performance.now()
  let sum = 0
  for (let i = 0; i < LAPS; i++) sum = (Math.imul(sum, 31) + i) | 0
  return sum === 1 ? 0 : performance.now() - start
}

const LAPS = 10_000_000
/** Four cycles a lap, on a core at 3 GHz and a little more. */
const USUAL_MS = 13

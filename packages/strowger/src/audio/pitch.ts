/** Finds the frequency of a pure tone: zero crossings measure it, Goertzel's filter proves that the sound is nothing else. */
import { SAMPLE_RATE } from './tone.ts'

/** Hertz, or `undefined` where there is silence, noise or more than one tone. */
export function pitchOf(samples: ArrayLike<number>): number | undefined {
  const energy = energyOf(samples)
  if (energy / samples.length < QUIET * QUIET) return undefined
  const hz = crossingsHz(samples)
  return hz !== undefined && powerAt(samples, hz) / energy >= PURE ? hz : undefined
}

function energyOf(samples: ArrayLike<number>): number {
  let energy = 0
  for (let i = 0; i < samples.length; i++) energy += samples[i]! ** 2
  return energy
}

/** Upward crossings, each placed between its two samples. */
function crossingsHz(samples: ArrayLike<number>): number | undefined {
  let first = -1
  let last = -1
  let count = 0
  for (let i = 1; i < samples.length; i++) {
    const before = samples[i - 1]!
    const after = samples[i]!
    if (before >= 0 || after < 0) continue
    last = i - 1 + before / (before - after)
    if (first < 0) first = last
    count += 1
  }
  return count < 3 ? undefined : ((count - 1) * SAMPLE_RATE) / (last - first)
}

/** Energy of the part of `samples` that oscillates with `hz` (Goertzel, generalised to any frequency). */
function powerAt(samples: ArrayLike<number>, hz: number): number {
  const angle = (2 * Math.PI * hz) / SAMPLE_RATE
  const factor = 2 * Math.cos(angle)
  let last = 0
  let beforeLast = 0
  for (let i = 0; i < samples.length; i++) {
    const now = samples[i]! + factor * last - beforeLast
    beforeLast = last
    last = now
  }
  const power = last ** 2 + beforeLast ** 2 - factor * last * beforeLast
  return (2 * power) / samples.length
}

/** Below this effective value it is silence: 40 dB under full scale. */
const QUIET = 330
/** Share of the energy that must belong to the tone. */
const PURE = 0.8

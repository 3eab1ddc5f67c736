/** What an ear heard beside what it should have heard. */
import type { Heard } from '../audio/ear.ts'

export interface EarReport {
  readonly who: string
  readonly expectedHz: number
  /** Null: no pure tone. */
  readonly heardHz: number | null
  readonly packets: number
  readonly lost: number
  readonly jitterMs: number
}

export function earReport(who: string, expectedHz: number, { hz, packets, lost, jitterMs }: Heard): EarReport {
  return { who, expectedHz, heardHz: hz, packets, lost, jitterMs }
}

/** A sentence when something is wrong. @param seconds how long the call was. */
export function earProblem({ who, expectedHz, heardHz, packets, lost }: EarReport, seconds: number): string | undefined {
  const due = seconds * PACKETS_PER_SECOND
  if (packets === 0) return `${who} heard nothing: no RTP arrived`
  if (heardHz === null) return `${who} heard no tone; it should have been ${expectedHz} Hz`
  if (Math.abs(heardHz - expectedHz) > TOLERANCE_HZ) return `${who} heard ${heardHz} Hz; it should have been ${expectedHz} Hz`
  if (packets < due * LEAST_SHARE) return `${who} heard only ${packets} packets in ${seconds} s; there should have been about ${due}`
  if (lost > due * MOST_LOST) return `${who} lost ${lost} of ${packets + lost} packets`
  return undefined
}

export function earLine({ who, expectedHz, heardHz, packets, lost, jitterMs }: EarReport): string {
  const tone = heardHz === null ? 'no tone' : `${heardHz.toFixed(1)} Hz`
  return `${who} heard ${tone} (expected ${expectedHz} Hz), ${packets} packets, ${lost} lost, jitter ${jitterMs.toFixed(1)} ms`
}

const PACKETS_PER_SECOND = 50
const TOLERANCE_HZ = 10
const LEAST_SHARE = 0.7
const MOST_LOST = 0.02

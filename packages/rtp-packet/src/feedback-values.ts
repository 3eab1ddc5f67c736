/** What the fields of feedback messages mean: lost packets, bit rates. RFC 4585 §6.2.1, RFC 5104 §4.2.1.1. */
import { checkInteger } from './bytes.ts'
import type { NackEntry } from './layout/feedback.ts'
import { sequenceDistance } from './sequence.ts'

/** The sequence numbers that the entries call lost, in their order. */
export function lostSequences(entries: readonly NackEntry[]): number[] {
  return entries.flatMap(({ packetId, bitmask }) => {
    const after = Array.from({ length: MASK_BITS }, (_, bit) => bit).filter(bit => (bitmask >> bit) & 1)
    return [packetId, ...after.map(bit => (packetId + 1 + bit) & 0xffff)]
  })
}

/** Entries for lost packets, which stand in the order they were sent in. @throws RangeError for what is no sequence number */
export function nackEntries(lost: readonly number[]): NackEntry[] {
  const entries: { packetId: number; bitmask: number }[] = []
  for (const sequence of lost) {
    checkInteger('sequence', sequence, 0, 0xffff)
    const last = entries.at(-1)
    const after = last === undefined ? 0 : sequenceDistance(last.packetId, sequence)
    if (last !== undefined && after >= 1 && after <= MASK_BITS) last.bitmask |= 1 << (after - 1)
    else entries.push({ packetId: sequence, bitmask: 0 })
  }
  return entries
}

/** In bit/s. */
export function bitRate({ exponent, mantissa }: { readonly exponent: number; readonly mantissa: number }): number {
  return mantissa * 2 ** exponent
}

/**
 * The greatest rate that the fields can hold and is not above `bitsPerSecond`.
 * @param mantissaBits 17 in TMMBR and TMMBN, 18 in REMB
 * @throws RangeError for a negative rate
 */
export function exponentAndMantissa(
  bitsPerSecond: number,
  mantissaBits: 17 | 18,
): { readonly exponent: number; readonly mantissa: number } {
  if (!(bitsPerSecond >= 0 && bitsPerSecond < 2 ** 63)) throw new RangeError(`a bit rate is 0 to 2^63, not ${bitsPerSecond}`)
  let exponent = 0
  while (bitsPerSecond / 2 ** exponent >= 2 ** mantissaBits) exponent += 1
  return { exponent, mantissa: Math.floor(bitsPerSecond / 2 ** exponent) }
}

const MASK_BITS = 16

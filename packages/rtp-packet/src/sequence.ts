/** Arithmetic of numbers that go round: sequence numbers of 16 bits, timestamps of 32. RFC 3550 §A.1, §5.1. */

/** How many steps from `from` to `to`, the short way round: -32768 to 32767. */
export function sequenceDistance(from: number, to: number): number {
  return ((to - from) << 16) >> 16
}

/** Whether `sequence` comes after `other`, the short way round. */
export function isAfter(sequence: number, other: number): boolean {
  return sequenceDistance(other, sequence) > 0
}

/** `sequence` without wrap: the number nearest to `near`, the last extended one, that ends in these 16 bits. Negative before the first wrap. */
export function extendSequence(near: number, sequence: number): number {
  return near + sequenceDistance(near, sequence)
}

/** How many units from `from` to `to`, the short way round: -2^31 to 2^31 - 1. */
export function timestampDistance(from: number, to: number): number {
  return (to - from) | 0
}

/** `timestamp` without wrap: the number nearest to `near`, the last extended one, that ends in these 32 bits. */
export function extendTimestamp(near: number, timestamp: number): number {
  return near + timestampDistance(near, timestamp)
}

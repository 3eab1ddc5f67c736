/** Numbers in network byte order, in and out of a `Uint8Array`. RFC 3550 §4. */

export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

export function u32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

/** The low 16 bits of `value`. */
export function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

/** The low 32 bits of `value`. */
export function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

export function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** The next multiple of four: RTCP counts in words of 32 bits. RFC 3550 §6.4.1. */
export function upToWord(bytes: number): number {
  return (bytes + 3) & ~3
}

/** @throws TypeError for what is no integer, RangeError for one that does not fit */
export function checkInteger(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value)) throw new TypeError(`${name} must be an integer, not ${String(value)}`)
  if (value < least || value > most) throw new RangeError(`${name} is ${least} to ${most}, not ${value}`)
}

/** A-law: 16-bit samples in one byte each and back. ITU-T G.711 §3, RFC 3551 §4.5.14. */

/** `sample` from -32768 to 32767. */
export function toALaw(sample: number): number {
  const magnitude = Math.min(sample < 0 ? -sample - 1 : sample, 32_767)
  const sign = sample < 0 ? 0 : 0x80
  if (magnitude < 256) return (sign | (magnitude >> 4)) ^ EVEN_BITS
  const exponent = 24 - Math.clz32(magnitude)
  return (sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) ^ EVEN_BITS
}

export function fromALaw(byte: number): number {
  return DECODED[byte & 0xff]!
}

const EVEN_BITS = 0x55

/**
 *      7   6 5 4      3 2 1 0
 *    +---+----------+---------+
 *    | + | exponent | mantissa|   after XOR 0x55
 *    +---+----------+---------+
 */
const DECODED: Int16Array = Int16Array.from({ length: 256 }, (_, byte) => {
  const bits = byte ^ EVEN_BITS
  const exponent = (bits >> 4) & 7
  const mantissa = (bits & 0x0f) << 4
  const magnitude = exponent === 0 ? mantissa + 8 : (mantissa + 0x108) << (exponent - 1)
  return (bits & 0x80) === 0 ? -magnitude : magnitude
})

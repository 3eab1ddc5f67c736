/** NTP timestamps as RTCP has them, and the round trip that two of them tell. RFC 3550 §4, §6.4.1. */

/** 64 bits: seconds since 1900, and 2^32ths. */
export interface NtpTime {
  /** Since 1900, 32 bits. */
  readonly seconds: number
  /** Of 2^32. */
  readonly fraction: number
}

/** Of a time in ms since 1970. Seconds go round in 2036 (RFC 3550 §4: only differences count). */
export function ntpFromUnix(unixMs: number): NtpTime {
  const seconds = Math.floor(unixMs / 1000)
  const fraction = Math.min(Math.floor((unixMs / 1000 - seconds) * FRACTIONS), FRACTIONS - 1)
  return { seconds: modulo(seconds + UNIX_EPOCH, FRACTIONS), fraction }
}

/** In ms since 1970: the moment of these seconds that lies between 1968 and 2104. */
export function unixFromNtp({ seconds, fraction }: NtpTime): number {
  const era = seconds >= 2 ** 31 ? 0 : FRACTIONS
  return (seconds + era - UNIX_EPOCH) * 1000 + (fraction * 1000) / FRACTIONS
}

/** The middle 32 bits, in 1/65536 s: what LSR and LRR hold. */
export function ntpMiddle({ seconds, fraction }: NtpTime): number {
  return (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0
}

/**
 * From us to the reporter and back, in ms: A - LSR - DLSR. `undefined` when the reporter had no sender report of ours, and 0 where the
 * clocks' grain makes it negative.
 * @param arrival `ntpMiddle` of when the report came, on the clock that wrote our sender reports
 */
export function roundTripMs(
  { lastSr, delaySinceLastSr }: { readonly lastSr: number; readonly delaySinceLastSr: number },
  arrival: number,
): number | undefined {
  if (lastSr === 0) return undefined
  const difference = (arrival - lastSr - delaySinceLastSr) | 0
  return Math.max(0, difference) / 65.536
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}

const FRACTIONS = 2 ** 32
/** 1970 since 1900. */
const UNIX_EPOCH = 2_208_988_800

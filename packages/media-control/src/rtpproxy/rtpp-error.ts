/** The error codes of rtpproxy, of its versions 2 and 3. Those of 1.x counted otherwise, but no controller looks at the number. */

/** A reply `E<code>`. */
export interface RtppError {
  readonly kind: 'error'
  /** From 0 to 999. */
  readonly code: number
}

/** Codes by what they mean. */
export const RTPP_ERRORS = {
  'unknown-command': 0,
  'argument-count': 1,
  'modifiers-not-taken': 2,
  'subcommand-not-taken': 3,
  unreadable: 5,
  'record-after-single': 6,
  'record-modifier': 7,
  'delete-modifier': 8,
  'statistics-modifier': 9,
  'notify-tag': 10,
  'external-direction': 11,
  'internal-direction': 12,
  ptime: 13,
  codecs: 14,
  'local-modifier': 15,
  'remote-modifier': 16,
  'play-times': 17,
  'info-modifier': 18,
  'query-modifier': 19,
  'reply-too-large': 25,
  'local-address': 31,
  'remote-address': 32,
  'stream-modifier': 35,
  'address-family': 36,
  'media-address': 37,
  'unknown-session': 50,
  'play-failed': 60,
  'unknown-counter': 62,
  'copy-failed': 65,
  'unknown-statistic': 68,
  'ports-exhausted': 71,
  'no-notification': 75,
  internal: 81,
  overload: 98,
  draining: 99,
} as const

/** A name in the table of codes. */
export type RtppErrorName = keyof typeof RTPP_ERRORS

/** The reply of that name. */
export function rtppError(name: RtppErrorName): RtppError {
  return { kind: 'error', code: RTPP_ERRORS[name] }
}

/** The code with its name, for people: `E50 (unknown session)`. */
export function describeRtppError({ code }: RtppError): string {
  const named = Object.entries(RTPP_ERRORS).find(([, one]) => one === code)
  return named ? `E${code} (${named[0].replaceAll('-', ' ')})` : `E${code}`
}

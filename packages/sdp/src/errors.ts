/** What can be wrong with an SDP, one row each. RFC 8866 §5, §9, RFC 3261 §20.43. */

/** Names a fault; its row is in `SDP_ERRORS`. */
export type SdpErrorCode =
  | 'too-large'
  | 'too-many-lines'
  | 'too-many-media'
  | 'no-version'
  | 'bad-line'
  | 'bad-byte'
  | 'bad-origin'
  | 'bad-connection'
  | 'bad-media'

/** Bytes that are no SDP. */
export interface SdpMalformed {
  readonly kind: 'malformed'
  /** What is wrong; `SDP_ERRORS` has the words for it. */
  readonly code: SdpErrorCode
  /** The line at which reading stopped, counted from 1. */
  readonly line: number
}

/** What one code means, and the number of the Warning that goes with a 488 for it. */
export interface SdpErrorRow {
  /** The warn-code: 307 for what is no SDP, 399 for more than is read. RFC 3261 §20.43. */
  readonly warning: 307 | 399
  /** What the description offends, `RFC 8866 §5.7`. */
  readonly clause: string
  /** One plain sentence for a log or a warn-text. */
  readonly means: string
}

/** One row for each code. */
export const SDP_ERRORS: Readonly<Record<SdpErrorCode, SdpErrorRow>> = {
  'too-large': { warning: 399, clause: 'RFC 3261 §20.43', means: 'The description has more bytes than are read' },
  'too-many-lines': { warning: 399, clause: 'RFC 3261 §20.43', means: 'The description has more lines than are read' },
  'too-many-media': { warning: 399, clause: 'RFC 3261 §20.43', means: 'The description has more m-lines than are read' },
  'no-version': { warning: 307, clause: 'RFC 8866 §5.1', means: 'The description does not begin with v=0' },
  'bad-line': { warning: 307, clause: 'RFC 8866 §5', means: 'A line is not a letter, an equals sign and a value' },
  'bad-byte': { warning: 307, clause: 'RFC 8866 §9', means: 'A line holds NUL, a bare CR or what is no byte' },
  'bad-origin': { warning: 307, clause: 'RFC 8866 §5.2', means: 'The o= line has not six fields' },
  'bad-connection': { warning: 307, clause: 'RFC 8866 §5.7', means: 'A c= line has not three fields' },
  'bad-media': { warning: 307, clause: 'RFC 8866 §5.14', means: 'An m= line has not a kind, a port up to 65535 and a protocol' },
}

/** A fault in line `line`. */
export function malformed(code: SdpErrorCode, line: number): SdpMalformed {
  return { kind: 'malformed', code, line }
}

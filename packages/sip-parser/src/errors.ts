/** What can be wrong with bytes that claim to be SIP, and what to answer. RFC 3261 §21.4.1, §21.5.6. */

export interface ParseErrorRow {
  /** The status to answer where the message was a request. */
  readonly status: 400 | 413 | 505
  /** Reason phrase that tells the sender what to repair (RFC 3261 §21.4.1). */
  readonly reason: string
  /** What the bytes offend, `RFC 3261 §7.1`. */
  readonly clause: string
  /** What is wrong, for a log; one phrase. */
  readonly means: string
}

/** Names what is wrong with a message; its row is in `PARSE_ERRORS`. */
export type ParseErrorCode =
  | 'start-line'
  | 'bad-version'
  | 'bad-uri'
  | 'header-name'
  | 'folding'
  | 'truncated'
  | 'too-large'
  | 'missing-header'
  | 'repeated-header'
  | 'bad-via'
  | 'bad-name-addr'
  | 'bad-call-id'
  | 'bad-cseq'
  | 'cseq-method'
  | 'bad-max-forwards'
  | 'content-length'

/** One row for each code. */
export const PARSE_ERRORS: Readonly<Record<ParseErrorCode, ParseErrorRow>> = {
  'start-line': {
    status: 400,
    reason: 'Bad Start Line',
    clause: 'RFC 3261 §7.1',
    means: 'the first line is neither "METHOD URI SIP/2.0" nor "SIP/2.0 STATUS REASON", each part separated by one space',
  },
  'bad-version': { status: 505, reason: 'Version Not Supported', clause: 'RFC 3261 §21.5.6', means: 'the version is not SIP/2.0' },
  'bad-uri': { status: 400, reason: 'Bad Request-URI', clause: 'RFC 3261 §19.1.1', means: 'the Request-URI does not match its grammar' },
  'header-name': {
    status: 400,
    reason: 'Bad Header Field',
    clause: 'RFC 3261 §7.3.1',
    means: 'a line does not start with a token and a colon',
  },
  folding: {
    status: 400,
    reason: 'Bad Line Break',
    clause: 'RFC 3261 §7.3.1',
    means: 'a CR or LF stands alone, or the first header line is a continuation',
  },
  truncated: {
    status: 400,
    reason: 'Unfinished Header',
    clause: 'RFC 3261 §7',
    means: 'the bytes end before the empty line after the header',
  },
  'too-large': {
    status: 413,
    reason: 'Message Too Large',
    clause: 'RFC 3261 §21.4.11',
    means: 'more bytes or header fields than the limits allow',
  },
  'missing-header': {
    status: 400,
    reason: 'Missing Header Field',
    clause: 'RFC 3261 §8.1.1',
    means: 'one of Via, From, To, Call-ID, CSeq is not there',
  },
  'repeated-header': {
    status: 400,
    reason: 'Repeated Header Field',
    clause: 'RFC 3261 §7.3.1',
    means: 'From, To, Call-ID, CSeq, Max-Forwards or Content-Length is there more than once',
  },
  'bad-via': { status: 400, reason: 'Bad Via', clause: 'RFC 3261 §20.42', means: 'the topmost Via does not match its grammar' },
  'bad-name-addr': { status: 400, reason: 'Bad From or To', clause: 'RFC 3261 §20.20', means: 'From or To does not match its grammar' },
  'bad-call-id': { status: 400, reason: 'Bad Call-ID', clause: 'RFC 3261 §20.8', means: 'Call-ID is not word or word@word' },
  'bad-cseq': { status: 400, reason: 'Bad CSeq', clause: 'RFC 3261 §20.16', means: 'CSeq is not a number below 2^31 and a method' },
  'cseq-method': {
    status: 400,
    reason: 'CSeq Method Differs',
    clause: 'RFC 3261 §8.1.1.5',
    means: 'the method in CSeq is not the method of the request',
  },
  'bad-max-forwards': {
    status: 400,
    reason: 'Bad Max-Forwards',
    clause: 'RFC 3261 §20.22',
    means: 'Max-Forwards is not a number from 0 to 255',
  },
  'content-length': {
    status: 400,
    reason: 'Bad Content-Length',
    clause: 'RFC 3261 §18.3',
    means: 'Content-Length is not a number, is more than what arrived, or is missing on a stream',
  },
}

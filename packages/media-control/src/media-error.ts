/** The error of this package, told apart by `code`. */

/**
 * | code | means |
 * | --- | --- |
 * | `timeout` | the relay did not answer in time; `cause` has the socket's last error, if any |
 * | `refused` | the relay answered with an error; the message is its reason |
 * | `too-large` | the command does not fit a datagram |
 * | `busy` | too many commands wait for an answer |
 * | `closed` | the client was closed before the answer came |
 * | `listen` | the socket could not be opened or bound; `cause` says why |
 */
export type MediaErrorCode = 'timeout' | 'refused' | 'too-large' | 'busy' | 'closed' | 'listen'

/** What `NgUdpClient` and `serveNgUdp` reject with. Compare `code`. */
export class MediaError extends Error {
  /** Always `MediaError`. */
  override readonly name = 'MediaError'
  /** What went wrong, by the table above. */
  readonly code: MediaErrorCode

  constructor(code: MediaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * What a failed command says of the relay: it did not answer (`timeout`), is full (`exhausted`), or does not take what it was offered
 * (`refused`). Engines tell the last two apart only in words: `Ran out of ports`, `Parallel session limit reached`.
 */
export function whyUnavailable(error: unknown): 'timeout' | 'refused' | 'exhausted' {
  if (!(error instanceof MediaError) || error.code !== 'refused') return 'timeout'
  return FULL.test(error.message) ? 'exhausted' : 'refused'
}

/** Whole words: `Unsupported transport protocol` and `No payload type in common` are refusals. */
const FULL = /\bports\b|\bbusy\b|\bexhausted\b|\bload\b|\blimit\b/i

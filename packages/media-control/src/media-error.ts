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

/** What goes wrong while sockets are set up or a target is looked for. RFC 3261 §18, RFC 3263 §4. */

export class TransportError extends Error {
  /** An errno name (`EADDRINUSE`, `EACCES`), or `no-target`, `bad-listen`, `timeout`, `closed`. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TransportError'
    this.code = code
  }
}

/** An error of the system, said with what we wanted of it. */
export function systemError(cause: unknown, wanted: string): TransportError {
  const { code = 'EIO', message } = cause as NodeJS.ErrnoException
  return new TransportError(code, `${wanted}: ${message}`, { cause })
}

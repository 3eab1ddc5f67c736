/** What goes wrong while sockets are set up or a target is looked for. RFC 3261 §18, RFC 3263 §4. */

export class TransportError extends Error {
  /** An errno name (`EADDRINUSE`, `EACCES`), or `no-target`, `no-dns`, `bad-listen`, `timeout`, `closed`. */
  readonly code: string
  /** Where the far end said no: the status of its answer. */
  readonly status: number | undefined

  constructor(code: string, message: string, { status, ...options }: ErrorOptions & { readonly status?: number } = {}) {
    super(message, options)
    this.name = 'TransportError'
    this.code = code
    this.status = status
  }
}

/** An error of the system, said with what we wanted of it. */
export function systemError(cause: unknown, wanted: string): TransportError {
  const { code = 'EIO', message } = cause as NodeJS.ErrnoException
  return new TransportError(code, `${wanted}: ${message}`, { cause })
}

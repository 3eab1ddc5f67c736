/** What a relay cannot do; the message names the address, port and errno. */

/** See `RelayError`: an address that no interface has, no free port in the range, a relay that was closed. */
export type RelayErrorCode = 'address-unavailable' | 'ports-exhausted' | 'closed'

export class RelayError extends Error {
  /** What went wrong; the message says what to do. */
  readonly code: RelayErrorCode

  constructor(code: RelayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RelayError'
    this.code = code
  }
}

/** Runs `native`, and gives its coded errors our class. */
export function translated<T>(native: () => T): T {
  try {
    return native()
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code === 'address-unavailable' || code === 'ports-exhausted') throw new RelayError(code, message, { cause: error })
    throw error
  }
}

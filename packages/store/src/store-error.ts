/** The one error of the store; compare `code`. */
export type StoreErrorCode =
  /** No SQLite driver can be loaded on this machine. */
  | 'no-driver'
  /** The database could not be opened or brought to this version. */
  | 'cannot-open'
  /** The database said no; `cause` is its error. */
  | 'refused'
  /** More callers wait than ever should; try again later. */
  | 'overloaded'
  | 'closed'
  | 'unknown-client'
  | 'unknown-terminal'
  | 'unknown-extension'
  | 'unknown-ddi'
  /** What was given cannot be stored: a number that is none, a name that is taken. */
  | 'bad-value'

export class StoreError extends Error {
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
    this.code = code
  }
}

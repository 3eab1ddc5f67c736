/** State machines as tables: one cell for each event a state knows, a blank where an event means nothing. RFC 3261 §12, §15. */

export interface Cell<S extends string, F extends string> {
  readonly to: S
  /** In this order, once the state has changed. */
  readonly effects: readonly F[]
}

export type Table<S extends string, E extends string, F extends string> = Readonly<Record<S, Readonly<Partial<Record<E, Cell<S, F>>>>>>

export function step<S extends string, F extends string>(to: S, ...effects: F[]): Cell<S, F> {
  return { to, effects }
}

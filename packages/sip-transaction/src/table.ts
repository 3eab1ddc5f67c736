/** The shape of a transition table: state × event → where to go and what to do. RFC 3261 §17, Figures 5 to 8. */

/** One cell of a table. */
export interface Step<State extends string, Effect extends string> {
  /** The state it leads to; the same one where nothing changes but what is done. */
  readonly to: State
  /** Performed in this order, after the timers that the new state does not list have been stopped. */
  readonly effects: readonly Effect[]
}

/** An empty cell ignores the event. Entering a state stops every timer that the state does not list. */
export type Table<State extends string, Event extends string, Effect extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Event, Step<State, Effect>>>>>
>

/** One cell: `step('completed', 'tell user', 'start D')`. */
export const step = <State extends string, Effect extends string>(to: State, ...effects: readonly Effect[]): Step<State, Effect> => ({
  to,
  effects,
})

/** States of one subscription on the notifier's side, between two of its NOTIFYs. RFC 6665 §4.2.2. */

/**
 * - `quiet`: the subscriber knows the newest state.
 * - `held`: newer state waits for its time (throttle, Retry-After).
 * - `notifying`: a NOTIFY is out; only one is, so that they cannot overtake one another.
 * - `behind`: a NOTIFY is out and there is newer state: one more will follow, whatever happened in between.
 * - `closing`: a NOTIFY is out and the last one must follow.
 * - `ending`: the last NOTIFY is out.
 * - `ended`: nothing is kept.
 */
export type NotifierState = 'quiet' | 'held' | 'notifying' | 'behind' | 'closing' | 'ending' | 'ended'

/**
 * - `news`: newer state, an activation, a refresh.
 * - `end`: expired, unsubscribed or ended by us.
 * - `due`: the time of what is held has come.
 * - `delivered`: 2xx to our NOTIFY. `later`: refused with Retry-After. `refused`: refused, the subscription stands.
 * - `challenged`: 401 or 407 that can be answered: the same again, signed.
 * - `lost`: refused for good or not answered (RFC 6665 §4.2.2).
 */
export type NotifierEvent = 'news' | 'end' | 'due' | 'delivered' | 'later' | 'refused' | 'challenged' | 'lost'

export type NotifierEffect = 'hold' | 'send' | 'send last' | 'wait' | 'tell ended'

export interface NotifierCell {
  readonly to: NotifierState
  readonly effects: readonly NotifierEffect[]
}

const cell = (to: NotifierState, ...effects: readonly NotifierEffect[]): NotifierCell => ({ to, effects })

/** An empty cell ignores the event. */
export const notifierTable: Readonly<Record<NotifierState, Readonly<Partial<Record<NotifierEvent, NotifierCell>>>>> = {
  quiet: {
    news: cell('held', 'hold'),
    end: cell('ending', 'send last'),
  },
  held: {
    news: cell('held', 'hold'),
    due: cell('notifying', 'send'),
    end: cell('ending', 'send last'),
  },
  notifying: {
    news: cell('behind'),
    end: cell('closing'),
    delivered: cell('quiet'),
    // The state it carried has not arrived: it is sent again when the subscriber said it would take it.
    later: cell('held', 'wait'),
    refused: cell('quiet'),
    challenged: cell('notifying', 'send'),
    lost: cell('ended', 'tell ended'),
  },
  behind: {
    news: cell('behind'),
    end: cell('closing'),
    delivered: cell('held', 'hold'),
    later: cell('held', 'wait'),
    refused: cell('held', 'hold'),
    challenged: cell('notifying', 'send'),
    lost: cell('ended', 'tell ended'),
  },
  closing: {
    delivered: cell('ending', 'send last'),
    later: cell('ending', 'send last'),
    refused: cell('ending', 'send last'),
    challenged: cell('ending', 'send last'),
    lost: cell('ended', 'tell ended'),
  },
  ending: {
    delivered: cell('ended', 'tell ended'),
    later: cell('ended', 'tell ended'),
    refused: cell('ended', 'tell ended'),
    challenged: cell('ending', 'send last'),
    lost: cell('ended', 'tell ended'),
  },
  ended: {},
}

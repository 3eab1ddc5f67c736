/** States of a wish to be subscribed: from the first SUBSCRIBE to the dialogs it makes, and again after an end. RFC 6665 §4.1.2. */

/**
 * - `subscribing`: a SUBSCRIBE is out and nobody has sent a NOTIFY.
 * - `accepted`: 2xx; the NOTIFY that makes the dialog is awaited.
 * - `notified`: a NOTIFY came before the response, as it may (RFC 6665 §4.1.2.4).
 * - `running`: subscribed, perhaps more than once (forking).
 * - `stopping`: told to stop before there was a dialog to say so in.
 * - `leaving`: unsubscribing from each. `returning`: the same, and told to start again meanwhile.
 * - `waiting`: tried again when its time has come.
 */
export type SubscriptionState =
  | 'idle'
  | 'subscribing'
  | 'accepted'
  | 'notified'
  | 'running'
  | 'stopping'
  | 'leaving'
  | 'returning'
  | 'waiting'

/**
 * - `2xx`, `challenged`, `too brief`: of the first SUBSCRIBE; the latter two when another try can meet them. `refused`: the rest, or no answer.
 * - `notify`: one that makes a dialog, or would, were it not `terminated`.
 * - `timer`: timer N, or the time of the next try.
 * - `ended`: no subscription is left and no other can come.
 */
export type SubscriptionEvent = 'start' | 'stop' | '2xx' | 'challenged' | 'too brief' | 'refused' | 'notify' | 'timer' | 'ended'

/**
 * - `begin`: new Call-ID and tag, SUBSCRIBE, timer N. `again`: SUBSCRIBE once more under the same, timer N.
 * - `take`: a subscription of its own. `leave`: end it again. `close`: what comes now is too late (timer N).
 * - `decide`: again at once, later or never, as the end demands. `tell ended`: never.
 */
export type SubscriptionEffect = 'begin' | 'again' | 'take' | 'leave' | 'close' | 'decide' | 'tell ended'

export interface SubscriptionCell {
  readonly to: SubscriptionState
  readonly effects: readonly SubscriptionEffect[]
}

const cell = (to: SubscriptionState, ...effects: readonly SubscriptionEffect[]): SubscriptionCell => ({ to, effects })

/** An empty cell ignores the event. `decide` may lead on to `subscribing` or `idle`. */
export const subscriptionTable: Readonly<Record<SubscriptionState, Readonly<Partial<Record<SubscriptionEvent, SubscriptionCell>>>>> = {
  idle: {
    start: cell('subscribing', 'begin'),
  },
  subscribing: {
    '2xx': cell('accepted'),
    challenged: cell('subscribing', 'again'),
    'too brief': cell('subscribing', 'again'),
    refused: cell('waiting', 'decide'),
    notify: cell('notified', 'take'),
    timer: cell('waiting', 'decide'),
    stop: cell('stopping'),
  },
  accepted: {
    notify: cell('running', 'take'),
    timer: cell('waiting', 'decide'),
    stop: cell('stopping'),
  },
  notified: {
    '2xx': cell('running'),
    // Somebody accepted it, or there were no NOTIFY: a refusal is another fork's.
    challenged: cell('running'),
    'too brief': cell('running'),
    refused: cell('running'),
    notify: cell('notified', 'take'),
    timer: cell('running', 'close'),
    ended: cell('waiting', 'decide'),
    stop: cell('leaving', 'leave'),
  },
  running: {
    notify: cell('running', 'take'),
    timer: cell('running', 'close'),
    ended: cell('waiting', 'decide'),
    stop: cell('leaving', 'leave'),
  },
  stopping: {
    challenged: cell('idle', 'tell ended'),
    'too brief': cell('idle', 'tell ended'),
    refused: cell('idle', 'tell ended'),
    notify: cell('leaving', 'take', 'leave'),
    timer: cell('idle', 'tell ended'),
    start: cell('subscribing', 'begin'),
  },
  leaving: {
    notify: cell('leaving', 'take', 'leave'),
    timer: cell('leaving', 'close'),
    ended: cell('idle', 'tell ended'),
    start: cell('returning'),
  },
  returning: {
    notify: cell('returning', 'take', 'leave'),
    timer: cell('returning', 'close'),
    ended: cell('subscribing', 'begin'),
    stop: cell('leaving'),
  },
  waiting: {
    start: cell('subscribing', 'begin'),
    timer: cell('subscribing', 'begin'),
    stop: cell('idle', 'tell ended'),
  },
}

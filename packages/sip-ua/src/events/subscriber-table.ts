/** States of one subscription on the subscriber's side, once a NOTIFY has made its dialog. RFC 6665 §4.1.2.2, §4.1.2.3, §4.1.3. */

/**
 * - `live`: until the refresh is due.
 * - `refreshing`: a SUBSCRIBE is out.
 * - `stopping`: told to stop while one is out; it is awaited first.
 * - `leaving`: the SUBSCRIBE with Expires 0 is out.
 * - `left`: it was granted; the last NOTIFY is awaited for timer N.
 * - `gone`: nothing is kept.
 */
export type SubscriberState = 'live' | 'refreshing' | 'stopping' | 'leaving' | 'left' | 'gone'

/**
 * - `notify`, `last notify`: a NOTIFY, `active` or `pending`; `terminated`.
 * - `granted`: 2xx. `too brief`: 423 that can be met. `challenged`: 401 or 407 that can be answered.
 * - `lost`: an answer after which there is no subscription, or none at all. `refused`: any other; the subscription stands.
 * - `refresh due`; `over`: nobody prolonged it, or timer N.
 */
export type SubscriberEvent =
  | 'notify'
  | 'last notify'
  | 'granted'
  | 'too brief'
  | 'challenged'
  | 'lost'
  | 'refused'
  | 'refresh due'
  | 'over'
  | 'stop'

export type SubscriberEffect = 'subscribe' | 'unsubscribe' | 'take grant' | 'try later' | 'start timer N' | 'tell gone'

export interface SubscriberCell {
  readonly to: SubscriberState
  readonly effects: readonly SubscriberEffect[]
}

const cell = (to: SubscriberState, ...effects: readonly SubscriberEffect[]): SubscriberCell => ({ to, effects })

/** An empty cell ignores the event. */
export const subscriberTable: Readonly<Record<SubscriberState, Readonly<Partial<Record<SubscriberEvent, SubscriberCell>>>>> = {
  live: {
    notify: cell('live'),
    'last notify': cell('gone', 'tell gone'),
    'refresh due': cell('refreshing', 'subscribe'),
    over: cell('gone', 'tell gone'),
    stop: cell('leaving', 'unsubscribe'),
  },
  refreshing: {
    notify: cell('refreshing'),
    'last notify': cell('gone', 'tell gone'),
    granted: cell('live', 'take grant'),
    'too brief': cell('refreshing', 'subscribe'),
    challenged: cell('refreshing', 'subscribe'),
    lost: cell('gone', 'tell gone'),
    refused: cell('live', 'try later'),
    over: cell('gone', 'tell gone'),
    stop: cell('stopping'),
  },
  stopping: {
    notify: cell('stopping'),
    'last notify': cell('gone', 'tell gone'),
    granted: cell('leaving', 'unsubscribe'),
    'too brief': cell('leaving', 'unsubscribe'),
    challenged: cell('leaving', 'unsubscribe'),
    lost: cell('gone', 'tell gone'),
    refused: cell('leaving', 'unsubscribe'),
    over: cell('gone', 'tell gone'),
  },
  leaving: {
    notify: cell('leaving'),
    'last notify': cell('gone', 'tell gone'),
    granted: cell('left', 'start timer N'),
    'too brief': cell('gone', 'tell gone'),
    challenged: cell('leaving', 'unsubscribe'),
    lost: cell('gone', 'tell gone'),
    refused: cell('gone', 'tell gone'),
  },
  left: {
    notify: cell('left'),
    'last notify': cell('gone', 'tell gone'),
    over: cell('gone', 'tell gone'),
  },
  gone: {},
}

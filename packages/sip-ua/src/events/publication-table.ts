/** States of one publication on the side that publishes. RFC 3903 §4. */

/**
 * - `publishing`: a PUBLISH with a body is out: the first, or a change.
 * - `published`: until the refresh is due.
 * - `refreshing`: a PUBLISH without a body is out.
 * - `removing`: the one with Expires 0 is out.
 * - `waiting`: it failed; tried again when its time has come.
 * `stop` and new state that come while one is out wait for its answer: there is one PUBLISH at a time (RFC 3903 §4.1).
 */
export type PublicationState = 'idle' | 'publishing' | 'published' | 'refreshing' | 'removing' | 'waiting'

/**
 * - `news`: there is newer state. `stop`: take it back.
 * - `2xx`; `challenged`, `too brief`: worth another try at once; `gone`: 412, the server knows nothing of it.
 * - `refused`: for now. `forbidden`: for good.
 * - `due`: refresh, or the next try.
 */
export type PublicationEvent = 'news' | 'stop' | '2xx' | 'challenged' | 'too brief' | 'gone' | 'refused' | 'forbidden' | 'due'

/** `publish`: with the newest body. `anew`: the same without the tag of before. `again`: whatever was sent last. */
export type PublicationEffect =
  | 'publish'
  | 'anew'
  | 'again'
  | 'refresh'
  | 'remove'
  | 'settle'
  | 'back off'
  | 'tell removed'
  | 'tell refused'

export interface PublicationCell {
  readonly to: PublicationState
  readonly effects: readonly PublicationEffect[]
}

const cell = (to: PublicationState, ...effects: readonly PublicationEffect[]): PublicationCell => ({ to, effects })

/** An empty cell ignores the event, but for what it leaves to be done after the answer. `settle` does that and may lead on. */
export const publicationTable: Readonly<Record<PublicationState, Readonly<Partial<Record<PublicationEvent, PublicationCell>>>>> = {
  idle: {
    news: cell('publishing', 'publish'),
  },
  publishing: {
    '2xx': cell('published', 'settle'),
    challenged: cell('publishing', 'again'),
    'too brief': cell('publishing', 'again'),
    gone: cell('publishing', 'anew'),
    refused: cell('waiting', 'back off'),
    forbidden: cell('idle', 'tell refused'),
  },
  published: {
    news: cell('publishing', 'publish'),
    due: cell('refreshing', 'refresh'),
    stop: cell('removing', 'remove'),
  },
  refreshing: {
    '2xx': cell('published', 'settle'),
    challenged: cell('refreshing', 'again'),
    'too brief': cell('refreshing', 'again'),
    gone: cell('publishing', 'anew'),
    refused: cell('waiting', 'back off'),
    forbidden: cell('idle', 'tell refused'),
  },
  removing: {
    news: cell('removing'),
    '2xx': cell('idle', 'tell removed'),
    challenged: cell('removing', 'again'),
    'too brief': cell('idle', 'tell removed'),
    gone: cell('idle', 'tell removed'),
    refused: cell('idle', 'tell removed'),
    forbidden: cell('idle', 'tell removed'),
  },
  waiting: {
    news: cell('publishing', 'publish'),
    due: cell('publishing', 'publish'),
    stop: cell('idle', 'tell removed'),
  },
}

/** The event package of a subscription: `dialog;id=7`. RFC 6665 §8.2.1. */
import type { HeaderDef } from '../header-def.ts'
import { checkToken } from '../safe-text.ts'
import { formatParams } from './params.ts'

export interface Event {
  /** Package and templates, `presence.winfo`; case counts. */
  readonly type: string
  /** `id` tells subscriptions of one dialog apart (RFC 6665 §4.4.1); names lower-cased. */
  readonly params: ReadonlyMap<string, string>
}

export const Event: HeaderDef<Event> = {
  name: 'Event',
  compact: 'o',
  list: false,
  decode(at) {
    const type = at.token()
    const params = at.params()
    return at.ended ? { type, params } : undefined
  },
  encode: ({ type, params }) => checkToken(type, 'An event package') + formatParams(params),
}

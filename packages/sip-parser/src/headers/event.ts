/** The event package of a subscription: `dialog;id=7`. RFC 6665 §8.2.1. */
import type { HeaderDef } from '../header-def.ts'
import { formatParams } from './params.ts'

export interface Event {
  /** Package and templates, `presence.winfo`; case counts. */
  readonly type: string
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
  encode: ({ type, params }) => type + formatParams(params),
}

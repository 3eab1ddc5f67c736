/** Whether a REFER makes a subscription: `false` asks for none, or says there is none. RFC 4488 §4. */
import type { HeaderDef } from '../header-def.ts'
import { formatOthers, otherParams, type Params } from './params.ts'

export interface ReferSub {
  /** True when the header is not there. RFC 4488 §4. */
  readonly subscribe: boolean
  /** Missing where there are none; RFC 4488 defines none. */
  readonly params?: Params
}

export const ReferSub: HeaderDef<ReferSub> = {
  name: 'Refer-Sub',
  list: false,
  decode(at) {
    const word = at.token().toLowerCase()
    const params = at.params()
    if (!at.ended || (word !== 'true' && word !== 'false')) return undefined
    return { subscribe: word === 'true', ...otherParams(params, []) }
  },
  encode: ({ subscribe, params }) => (subscribe ? 'true' : 'false') + formatOthers(params, []),
}

/** Shortest session timer a hop on the way takes, seconds. RFC 4028 §5. */
import type { HeaderDef } from '../header-def.ts'
import { formatOthers, otherParams, type Params } from './params.ts'
import { formatNumber, MOST_SECONDS } from './whole-number.ts'

export interface MinSE {
  /** 90 when the header is not there; less than that counts as 90 (RFC 4028 §5). */
  readonly seconds: number
  /** Missing where there are none; RFC 4028 defines none. */
  readonly params?: Params
}

export const MinSE: HeaderDef<MinSE> = {
  name: 'Min-SE',
  list: false,
  decode(at) {
    const seconds = at.decimal(MOST_SECONDS)
    const params = at.params()
    return at.ended ? { seconds, ...otherParams(params, []) } : undefined
  },
  encode: ({ seconds, params }) => formatNumber(seconds, 0, MOST_SECONDS) + formatOthers(params, []),
}

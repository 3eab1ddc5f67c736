/** Hops left, 0 to 255. RFC 3261 §20.22. */
import type { HeaderDef } from '../header-def.ts'
import { formatNumber } from './whole-number.ts'

const MOST = 255

export const MaxForwards: HeaderDef<number> = {
  name: 'Max-Forwards',
  list: false,
  decode(at) {
    const value = at.decimal(MOST)
    return at.ended ? value : undefined
  },
  encode: value => formatNumber(value, 0, MOST),
}

/** Number of a reliable provisional response, 1 to 2^32 - 1; the first one is below 2^31 (RFC 3262 §3). RFC 3262 §7.1. */
import type { HeaderDef } from '../header-def.ts'
import { formatNumber } from './whole-number.ts'

const MOST = 2 ** 32 - 1

export const RSeq: HeaderDef<number> = {
  name: 'RSeq',
  list: false,
  decode(at) {
    const value = at.decimal(MOST)
    return at.ended && value > 0 ? value : undefined
  },
  encode: value => formatNumber(value, 1, MOST),
}

/** How many branches the request may have at a time, all forks together. RFC 5393 §5.3.1. */
import type { HeaderDef } from '../header-def.ts'
import { formatNumber } from './whole-number.ts'

const MOST = 2 ** 31 - 1

export const MaxBreadth: HeaderDef<number> = {
  name: 'Max-Breadth',
  list: false,
  decode(at) {
    const value = at.decimal(MOST)
    return at.ended ? value : undefined
  },
  encode: value => formatNumber(value, 0, MOST),
}

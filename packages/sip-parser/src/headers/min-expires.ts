/** Shortest registration the server takes, seconds. RFC 3261 §20.23. */
import type { HeaderDef } from '../header-def.ts'
import { formatNumber, MOST_SECONDS } from './whole-number.ts'

export const MinExpires: HeaderDef<number> = {
  name: 'Min-Expires',
  list: false,
  decode(at) {
    const value = at.decimal(MOST_SECONDS)
    return at.ended ? value : undefined
  },
  encode: value => formatNumber(value, 0, MOST_SECONDS),
}

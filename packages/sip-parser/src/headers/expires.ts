/** Seconds until it lapses, 0 to 2^32 - 1. RFC 3261 §20.19. */
import type { HeaderDef } from '../header-def.ts'
import { formatNumber, MOST_SECONDS } from './whole-number.ts'

export const Expires: HeaderDef<number> = {
  name: 'Expires',
  list: false,
  decode(at) {
    const value = at.decimal(MOST_SECONDS)
    return at.ended ? value : undefined
  },
  encode: value => formatNumber(value, 0, MOST_SECONDS),
}

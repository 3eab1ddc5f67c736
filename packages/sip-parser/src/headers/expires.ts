/** Seconds until it lapses, 0 to 2^32 - 1. RFC 3261 §20.19. */
import type { HeaderDef } from '../header-def.ts'

const MOST = 2 ** 32 - 1

export const Expires: HeaderDef<number> = {
  name: 'Expires',
  list: false,
  decode(at) {
    const value = at.decimal(MOST)
    return at.ended ? value : undefined
  },
  encode: value => String(value),
}

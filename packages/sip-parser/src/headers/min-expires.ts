/** Shortest registration the server takes, seconds. RFC 3261 §20.23. */
import type { HeaderDef } from '../header-def.ts'

const MOST = 2 ** 32 - 1

export const MinExpires: HeaderDef<number> = {
  name: 'Min-Expires',
  list: false,
  decode(at) {
    const value = at.decimal(MOST)
    return at.ended ? value : undefined
  },
  encode: value => String(value),
}

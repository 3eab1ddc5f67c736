/** Bytes of the body. An edit writes it by itself. RFC 3261 §20.14. */
import type { HeaderDef } from '../header-def.ts'
import { formatNumber } from './whole-number.ts'

const MOST = 2 ** 31 - 1

export const ContentLength: HeaderDef<number> = {
  name: 'Content-Length',
  compact: 'l',
  list: false,
  decode(at) {
    const value = at.decimal(MOST)
    return at.ended ? value : undefined
  },
  encode: value => formatNumber(value, 0, MOST),
}

/** Seconds after which a silent flow is taken for dead. RFC 5626 §10. */
import type { HeaderDef } from '../header-def.ts'
import { formatNumber, MOST_SECONDS } from './whole-number.ts'

export const FlowTimer: HeaderDef<number> = {
  name: 'Flow-Timer',
  list: false,
  decode(at) {
    const value = at.decimal(MOST_SECONDS)
    return at.ended ? value : undefined
  },
  encode: value => formatNumber(value, 0, MOST_SECONDS),
}

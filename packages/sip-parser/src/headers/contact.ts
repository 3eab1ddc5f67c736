/** Where to reach the sender from now on, or `*` in a REGISTER that removes all. RFC 3261 §20.10. */
import type { HeaderDef } from '../header-def.ts'
import { decodeNameAddr, encodeNameAddr, type NameAddr } from './name-addr.ts'

export const Contact: HeaderDef<NameAddr | '*'> = {
  name: 'Contact',
  compact: 'm',
  list: true,
  decode(at) {
    if (at.peek() !== '*') return decodeNameAddr(at)
    at.literal('*')
    return at.ended ? '*' : undefined
  },
  encode: value => (value === '*' ? value : encodeNameAddr(value)),
}

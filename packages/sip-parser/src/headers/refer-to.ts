/** Whom to contact, and how: `<sip:c@example.com?Replaces=...>`. Exactly one in a REFER. RFC 3515 §2.1. */
import type { HeaderDef } from '../header-def.ts'
import { decodeNameAddr, encodeNameAddr, type NameAddr } from './name-addr.ts'

export const ReferTo: HeaderDef<NameAddr> = {
  name: 'Refer-To',
  compact: 'r',
  list: false,
  decode: decodeNameAddr,
  encode: encodeNameAddr,
}

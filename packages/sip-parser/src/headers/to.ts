/** Whom the request is for; the tag comes with the response. RFC 3261 §20.39. */
import type { HeaderDef } from '../header-def.ts'
import { decodeNameAddr, encodeNameAddr, type NameAddr } from './name-addr.ts'

export const To: HeaderDef<NameAddr> = {
  name: 'To',
  compact: 't',
  list: false,
  decode: decodeNameAddr,
  encode: encodeNameAddr,
}

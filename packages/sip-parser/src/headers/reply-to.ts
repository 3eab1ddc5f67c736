/** Where to call back, if that is not the From. RFC 3261 §20.31. */
import type { HeaderDef } from '../header-def.ts'
import { decodeNameAddr, encodeNameAddr, type NameAddr } from './name-addr.ts'

export const ReplyTo: HeaderDef<NameAddr> = {
  name: 'Reply-To',
  list: false,
  decode: decodeNameAddr,
  encode: encodeNameAddr,
}

/** Who sends: its tag is half of the name of a dialog. RFC 3261 §20.20. */
import type { HeaderDef } from '../header-def.ts'
import { decodeNameAddr, encodeNameAddr, type NameAddr } from './name-addr.ts'

export const From: HeaderDef<NameAddr> = {
  name: 'From',
  compact: 'f',
  list: false,
  decode: decodeNameAddr,
  encode: encodeNameAddr,
}

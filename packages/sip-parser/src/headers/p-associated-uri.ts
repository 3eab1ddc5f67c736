/** All addresses of the user who registered; may be empty. RFC 7315 §5.1. */
import type { HeaderDef } from '../header-def.ts'
import { decodeNameAddr, encodeNameAddr, type NameAddr } from './name-addr.ts'

export const PAssociatedUri: HeaderDef<NameAddr> = {
  name: 'P-Associated-URI',
  list: true,
  decode: decodeNameAddr,
  encode: encodeNameAddr,
}

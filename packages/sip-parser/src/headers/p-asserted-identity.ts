/** Who the caller is, as vouched for inside a trust domain. RFC 3325 §9.1. */
import type { HeaderDef } from '../header-def.ts'
import { decodeNameAddr, encodeNameAddr, type NameAddr } from './name-addr.ts'

export const PAssertedIdentity: HeaderDef<NameAddr> = {
  name: 'P-Asserted-Identity',
  list: true,
  decode: decodeNameAddr,
  encode: encodeNameAddr,
}

/** Who refers; `cid` names a signed body. RFC 3892 §3. */
import type { HeaderDef } from '../header-def.ts'
import { decodeNameAddr, encodeNameAddr, type NameAddr } from './name-addr.ts'

export const ReferredBy: HeaderDef<NameAddr> = {
  name: 'Referred-By',
  compact: 'b',
  list: false,
  decode: decodeNameAddr,
  encode: encodeNameAddr,
}

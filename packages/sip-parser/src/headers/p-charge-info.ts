/** Who pays for the call. RFC 8496 §4. */
import type { HeaderDef } from '../header-def.ts'
import { decodeNameAddr, encodeNameAddr, type NameAddr } from './name-addr.ts'

export const PChargeInfo: HeaderDef<NameAddr> = {
  name: 'P-Charge-Info',
  list: true,
  decode: decodeNameAddr,
  encode: encodeNameAddr,
}

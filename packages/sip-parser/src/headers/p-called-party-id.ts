/** The address that was called, before the Request-URI became a contact. RFC 7315 §5.2. */
import type { HeaderDef } from '../header-def.ts'
import { decodeNameAddr, encodeNameAddr, type NameAddr } from './name-addr.ts'

export const PCalledPartyId: HeaderDef<NameAddr> = {
  name: 'P-Called-Party-ID',
  list: false,
  decode: decodeNameAddr,
  encode: encodeNameAddr,
}

/** Which of their identities the caller wants asserted. RFC 3325 §9.2. */
import type { HeaderDef } from '../header-def.ts'
import { decodeNameAddr, encodeNameAddr, type NameAddr } from './name-addr.ts'

export const PPreferredIdentity: HeaderDef<NameAddr> = {
  name: 'P-Preferred-Identity',
  list: true,
  decode: decodeNameAddr,
  encode: encodeNameAddr,
}

/** Which published state a PUBLISH renews, changes or removes. RFC 3903 §11.3.2. */
import type { HeaderDef } from '../header-def.ts'
import { decodeToken, encodeToken } from './token-value.ts'

export const SipIfMatch: HeaderDef<string> = {
  name: 'SIP-If-Match',
  list: false,
  decode: decodeToken,
  encode: encodeToken,
}

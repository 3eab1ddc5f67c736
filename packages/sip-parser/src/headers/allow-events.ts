/** Event packages the sender knows; case counts. RFC 6665 §8.2.2. */
import type { HeaderDef } from '../header-def.ts'
import { decodeToken, encodeToken } from './token-value.ts'

export const AllowEvents: HeaderDef<string> = {
  name: 'Allow-Events',
  compact: 'u',
  list: true,
  decode: decodeToken,
  encode: encodeToken,
}

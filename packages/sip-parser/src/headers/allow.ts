/** Methods the sender takes; may be empty. RFC 3261 §20.5. */
import type { HeaderDef } from '../header-def.ts'
import { decodeToken, encodeToken } from './token-value.ts'

export const Allow: HeaderDef<string> = {
  name: 'Allow',
  list: true,
  decode: decodeToken,
  encode: encodeToken,
}

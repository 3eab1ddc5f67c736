/** The state a subscriber has: no NOTIFY with the same one. `*` is any. RFC 5839 §4. */
import type { HeaderDef } from '../header-def.ts'
import { decodeToken, encodeToken } from './token-value.ts'

export const SuppressIfMatch: HeaderDef<string> = {
  name: 'Suppress-If-Match',
  list: false,
  decode: decodeToken,
  encode: encodeToken,
}

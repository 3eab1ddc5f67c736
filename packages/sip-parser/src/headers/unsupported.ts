/** Option tags a 420 complains of. RFC 3261 §20.40. */
import type { HeaderDef } from '../header-def.ts'
import { decodeToken, encodeToken } from './token-value.ts'

export const Unsupported: HeaderDef<string> = {
  name: 'Unsupported',
  list: true,
  decode: decodeToken,
  encode: encodeToken,
}

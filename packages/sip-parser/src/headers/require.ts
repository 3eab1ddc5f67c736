/** Option tags the far end must know. RFC 3261 §20.32. */
import type { HeaderDef } from '../header-def.ts'
import { decodeToken, encodeToken } from './token-value.ts'

export const Require: HeaderDef<string> = {
  name: 'Require',
  list: true,
  decode: decodeToken,
  encode: encodeToken,
}

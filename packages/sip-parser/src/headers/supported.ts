/** Option tags the sender knows; may be empty. RFC 3261 §20.37. */
import type { HeaderDef } from '../header-def.ts'
import { decodeToken, encodeToken } from './token-value.ts'

export const Supported: HeaderDef<string> = {
  name: 'Supported',
  compact: 'k',
  list: true,
  decode: decodeToken,
  encode: encodeToken,
}

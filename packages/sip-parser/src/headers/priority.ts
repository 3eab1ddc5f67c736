/** How urgent the request is: `emergency`, `urgent`, `normal`, `non-urgent` or another word, lower-cased. RFC 3261 §20.26. */
import type { HeaderDef } from '../header-def.ts'
import { decodeLowerToken, encodeToken } from './token-value.ts'

export const Priority: HeaderDef<string> = {
  name: 'Priority',
  list: false,
  decode: decodeLowerToken,
  encode: encodeToken,
}

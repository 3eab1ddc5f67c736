/** The program that sent the request, as it calls itself. RFC 3261 §20.41. */
import type { HeaderDef } from '../header-def.ts'
import { decodeText, encodeText } from './text-value.ts'

export const UserAgent: HeaderDef<string> = {
  name: 'User-Agent',
  list: false,
  decode: decodeText,
  encode: encodeText,
}

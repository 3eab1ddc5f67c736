/** The program that sent the response, as it calls itself. RFC 3261 §20.35. */
import type { HeaderDef } from '../header-def.ts'
import { decodeText, encodeText } from './text-value.ts'

export const Server: HeaderDef<string> = {
  name: 'Server',
  list: false,
  decode: decodeText,
  encode: encodeText,
}

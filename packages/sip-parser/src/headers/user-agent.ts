/** The program that sent the request, as it calls itself. RFC 3261 §20.41. */
import type { HeaderDef } from '../header-def.ts'

export const UserAgent: HeaderDef<string> = {
  name: 'User-Agent',
  list: false,
  decode: at => at.rest(),
  encode: text => text,
}

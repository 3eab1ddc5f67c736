/** The program that sent the response, as it calls itself. RFC 3261 §20.35. */
import type { HeaderDef } from '../header-def.ts'

export const Server: HeaderDef<string> = {
  name: 'Server',
  list: false,
  decode: at => at.rest(),
  encode: text => text,
}

/** What the server can use, in a 494 or a 421. RFC 3329 §2.2. */
import type { HeaderDef } from '../header-def.ts'
import { decodeMechanism, encodeMechanism, type SecurityMechanism } from './security-mechanism.ts'

export const SecurityServer: HeaderDef<SecurityMechanism> = {
  name: 'Security-Server',
  list: true,
  decode: decodeMechanism,
  encode: encodeMechanism,
}

/** What the phone can use on its first hop. RFC 3329 §2.2. */
import type { HeaderDef } from '../header-def.ts'
import { decodeMechanism, encodeMechanism, type SecurityMechanism } from './security-mechanism.ts'

export const SecurityClient: HeaderDef<SecurityMechanism> = {
  name: 'Security-Client',
  list: true,
  decode: decodeMechanism,
  encode: encodeMechanism,
}

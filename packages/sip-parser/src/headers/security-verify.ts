/** What the server had offered, said again under protection. RFC 3329 §2.2. */
import type { HeaderDef } from '../header-def.ts'
import { decodeMechanism, encodeMechanism, type SecurityMechanism } from './security-mechanism.ts'

export const SecurityVerify: HeaderDef<SecurityMechanism> = {
  name: 'Security-Verify',
  list: true,
  decode: decodeMechanism,
  encode: encodeMechanism,
}

/** Option tags the sender knows; may be empty. RFC 3261 §20.37. */
import type { HeaderDef } from '../header-def.ts'

export const Supported: HeaderDef<string> = {
  name: 'Supported',
  compact: 'k',
  list: true,
  decode(at) {
    const token = at.token()
    return at.ended ? token : undefined
  },
  encode: token => token,
}

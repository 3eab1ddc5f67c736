/** Option tags a 420 complains of. RFC 3261 §20.40. */
import type { HeaderDef } from '../header-def.ts'

export const Unsupported: HeaderDef<string> = {
  name: 'Unsupported',
  list: true,
  decode(at) {
    const token = at.token()
    return at.ended ? token : undefined
  },
  encode: token => token,
}

/** Option tags the far end must know. RFC 3261 §20.32. */
import type { HeaderDef } from '../header-def.ts'

export const Require: HeaderDef<string> = {
  name: 'Require',
  list: true,
  decode(at) {
    const token = at.token()
    return at.ended ? token : undefined
  },
  encode: token => token,
}

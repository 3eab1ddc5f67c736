/** Methods the sender takes; may be empty. RFC 3261 §20.5. */
import type { HeaderDef } from '../header-def.ts'

export const Allow: HeaderDef<string> = {
  name: 'Allow',
  list: true,
  decode(at) {
    const token = at.token()
    return at.ended ? token : undefined
  },
  encode: token => token,
}

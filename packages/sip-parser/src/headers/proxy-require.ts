/** Option tags a proxy must know. RFC 3261 §20.29. */
import type { HeaderDef } from '../header-def.ts'

export const ProxyRequire: HeaderDef<string> = {
  name: 'Proxy-Require',
  list: true,
  decode(at) {
    const token = at.token()
    return at.ended ? token : undefined
  },
  encode: token => token,
}

/** Option tags a proxy must know. RFC 3261 §20.29. */
import type { HeaderDef } from '../header-def.ts'
import { decodeToken, encodeToken } from './token-value.ts'

export const ProxyRequire: HeaderDef<string> = {
  name: 'Proxy-Require',
  list: true,
  decode: decodeToken,
  encode: encodeToken,
}

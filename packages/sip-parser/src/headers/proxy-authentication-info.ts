/** The proxy's answer to good credentials. RFC 7615 §4, RFC 7616 §3.5. */
import type { HeaderDef } from '../header-def.ts'
import { type AuthInfo, decodeAuthInfo, encodeAuthInfo } from './auth-info.ts'

export const ProxyAuthenticationInfo: HeaderDef<AuthInfo> = {
  name: 'Proxy-Authentication-Info',
  list: false,
  decode: decodeAuthInfo,
  encode: encodeAuthInfo,
}

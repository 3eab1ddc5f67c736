/** The server's answer to good credentials. RFC 3261 §20.6, RFC 7616 §3.5. */
import type { HeaderDef } from '../header-def.ts'
import { type AuthInfo, decodeAuthInfo, encodeAuthInfo } from './auth-info.ts'

export const AuthenticationInfo: HeaderDef<AuthInfo> = {
  name: 'Authentication-Info',
  list: false,
  decode: decodeAuthInfo,
  encode: encodeAuthInfo,
}

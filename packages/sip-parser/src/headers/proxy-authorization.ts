/** Credentials for a proxy. Several are several header fields, never joined. RFC 3261 §20.28. */
import type { HeaderDef } from '../header-def.ts'
import { type AuthParams, decodeAuth, encodeCredentials } from './auth-params.ts'

export const ProxyAuthorization: HeaderDef<AuthParams> = {
  name: 'Proxy-Authorization',
  list: false,
  decode: decodeAuth,
  encode: encodeCredentials,
}

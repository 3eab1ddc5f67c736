/** A challenge of a proxy. Several are several header fields, never joined. RFC 3261 §20.27. */
import type { HeaderDef } from '../header-def.ts'
import { type AuthParams, decodeAuth, encodeChallenge } from './auth-params.ts'

export const ProxyAuthenticate: HeaderDef<AuthParams> = {
  name: 'Proxy-Authenticate',
  list: false,
  decode: decodeAuth,
  encode: encodeChallenge,
}

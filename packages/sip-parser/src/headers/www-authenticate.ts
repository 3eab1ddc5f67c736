/** A challenge of a user agent server. Several are several header fields, never joined. RFC 3261 §20.44. */
import type { HeaderDef } from '../header-def.ts'
import { type AuthParams, decodeAuth, encodeChallenge } from './auth-params.ts'

export const WwwAuthenticate: HeaderDef<AuthParams> = {
  name: 'WWW-Authenticate',
  list: false,
  decode: decodeAuth,
  encode: encodeChallenge,
}

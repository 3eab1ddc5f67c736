/** Credentials for a user agent server. Several are several header fields, never joined. RFC 3261 §20.7. */
import type { HeaderDef } from '../header-def.ts'
import { type AuthParams, decodeAuth, encodeCredentials } from './auth-params.ts'

export const Authorization: HeaderDef<AuthParams> = {
  name: 'Authorization',
  list: false,
  decode: decodeAuth,
  encode: encodeCredentials,
}

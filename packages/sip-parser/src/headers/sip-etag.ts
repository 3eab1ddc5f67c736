/** Name of the published state, given by the server. RFC 3903 §11.3.1. */
import type { HeaderDef } from '../header-def.ts'
import { decodeToken, encodeToken } from './token-value.ts'

export const SipEtag: HeaderDef<string> = {
  name: 'SIP-ETag',
  list: false,
  decode: decodeToken,
  encode: encodeToken,
}

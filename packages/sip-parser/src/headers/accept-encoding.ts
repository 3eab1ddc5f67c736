/** Encodings the sender takes for bodies, with `q`; may be empty: none. RFC 3261 §20.2. */
import type { HeaderDef } from '../header-def.ts'
import { decodeLowerTokenParams, encodeTokenParams, type TokenParams } from './token-params.ts'

export const AcceptEncoding: HeaderDef<TokenParams> = {
  name: 'Accept-Encoding',
  list: true,
  decode: decodeLowerTokenParams,
  encode: encodeTokenParams,
}

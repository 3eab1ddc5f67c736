/** What an INFO carries. RFC 6086 §7.2.2. */
import type { HeaderDef } from '../header-def.ts'
import { decodeTokenParams, encodeTokenParams, type TokenParams } from './token-params.ts'

export const InfoPackage: HeaderDef<TokenParams> = {
  name: 'Info-Package',
  list: false,
  decode: decodeTokenParams,
  encode: encodeTokenParams,
}

/** Answer-Mode of a caller who claims a right to it. RFC 5373 §4. */
import type { HeaderDef } from '../header-def.ts'
import { decodeLowerTokenParams, encodeTokenParams, type TokenParams } from './token-params.ts'

export const PrivAnswerMode: HeaderDef<TokenParams> = {
  name: 'Priv-Answer-Mode',
  list: false,
  decode: decodeLowerTokenParams,
  encode: encodeTokenParams,
}

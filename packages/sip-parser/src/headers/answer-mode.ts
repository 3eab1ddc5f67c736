/** Whether to answer at once, `Auto`, or by hand, `Manual`; lower-cased. `require` insists. RFC 5373 §4. */
import type { HeaderDef } from '../header-def.ts'
import { decodeLowerTokenParams, encodeTokenParams, type TokenParams } from './token-params.ts'

export const AnswerMode: HeaderDef<TokenParams> = {
  name: 'Answer-Mode',
  list: false,
  decode: decodeLowerTokenParams,
  encode: encodeTokenParams,
}

/** Languages the sender reads, with `q`; `*` is any; may be empty: no preference. RFC 3261 §20.3. */
import type { HeaderDef } from '../header-def.ts'
import { checkLanguage, isLanguage } from './language-tag.ts'
import { formatParams } from './params.ts'
import { decodeTokenParams, type TokenParams } from './token-params.ts'

export const AcceptLanguage: HeaderDef<TokenParams> = {
  name: 'Accept-Language',
  list: true,
  decode(at) {
    const range = decodeTokenParams(at)
    return range !== undefined && (range.token === '*' || isLanguage(range.token)) ? range : undefined
  },
  encode: ({ token, params }) => (token === '*' ? token : checkLanguage(token)) + formatParams(params),
}

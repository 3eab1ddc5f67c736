/** Languages of the body, as written. RFC 3261 §20.13. */
import type { HeaderDef } from '../header-def.ts'
import { checkLanguage, isLanguage } from './language-tag.ts'

export const ContentLanguage: HeaderDef<string> = {
  name: 'Content-Language',
  list: true,
  decode(at) {
    const tag = at.token()
    return at.ended && isLanguage(tag) ? tag : undefined
  },
  encode: checkLanguage,
}

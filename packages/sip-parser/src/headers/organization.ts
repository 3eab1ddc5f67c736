/** The organisation the sender belongs to; may be empty. RFC 3261 §20.25. */
import type { HeaderDef } from '../header-def.ts'
import { decodeText, encodeText } from './text-value.ts'

export const Organization: HeaderDef<string> = {
  name: 'Organization',
  list: false,
  decode: decodeText,
  encode: encodeText,
}

/** What the call is about. RFC 3261 §20.36. */
import type { HeaderDef } from '../header-def.ts'
import { decodeText, encodeText } from './text-value.ts'

export const Subject: HeaderDef<string> = {
  name: 'Subject',
  compact: 's',
  list: false,
  decode: decodeText,
  encode: encodeText,
}

/** What was done to the body, `gzip`, in the order it was done; lower-cased. RFC 3261 §20.12. */
import type { HeaderDef } from '../header-def.ts'
import { decodeLowerToken, encodeToken } from './token-value.ts'

export const ContentEncoding: HeaderDef<string> = {
  name: 'Content-Encoding',
  compact: 'e',
  list: true,
  decode: decodeLowerToken,
  encode: encodeToken,
}

/** Which way early media may flow: `sendrecv`, `inactive`, `gated`, `supported`; lower-cased, may be empty. RFC 5009 §8. */
import type { HeaderDef } from '../header-def.ts'
import { decodeLowerToken, encodeToken } from './token-value.ts'

export const PEarlyMedia: HeaderDef<string> = {
  name: 'P-Early-Media',
  list: true,
  decode: decodeLowerToken,
  encode: encodeToken,
}

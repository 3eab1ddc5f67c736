/** How the caller wants proxies to handle the request: `no-fork`, `sequential`; lower-cased. RFC 3841 §9.1. */
import type { HeaderDef } from '../header-def.ts'
import { decodeLowerToken, encodeToken } from './token-value.ts'

export const RequestDisposition: HeaderDef<string> = {
  name: 'Request-Disposition',
  compact: 'd',
  list: true,
  decode: decodeLowerToken,
  encode: encodeToken,
}

/** What to ring with, `urn:alert:...` (RFC 7462 §4) or a file. RFC 3261 §20.4. */
import type { HeaderDef } from '../header-def.ts'
import { decodeUriParams, encodeUriParams, type UriParams } from './uri-params.ts'

export const AlertInfo: HeaderDef<UriParams> = {
  name: 'Alert-Info',
  list: true,
  decode: decodeUriParams,
  encode: encodeUriParams,
}

/** More about who calls or is called, by `purpose`: `icon`, `info`, `card`. RFC 3261 §20.9. */
import type { HeaderDef } from '../header-def.ts'
import { decodeUriParams, encodeUriParams, type UriParams } from './uri-params.ts'

export const CallInfo: HeaderDef<UriParams> = {
  name: 'Call-Info',
  list: true,
  decode: decodeUriParams,
  encode: encodeUriParams,
}

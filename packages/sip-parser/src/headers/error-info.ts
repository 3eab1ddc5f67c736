/** More about a refusal. RFC 3261 §20.18. */
import type { HeaderDef } from '../header-def.ts'
import { decodeUriParams, encodeUriParams, type UriParams } from './uri-params.ts'

export const ErrorInfo: HeaderDef<UriParams> = {
  name: 'Error-Info',
  list: true,
  decode: decodeUriParams,
  encode: encodeUriParams,
}

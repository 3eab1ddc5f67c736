/** Where the caller is, by reference or as a body part (`cid:`). RFC 6442 §4.1. */
import type { HeaderDef } from '../header-def.ts'
import { decodeUriParams, encodeUriParams, type UriParams } from './uri-params.ts'

export const Geolocation: HeaderDef<UriParams> = {
  name: 'Geolocation',
  list: true,
  decode: decodeUriParams,
  encode: encodeUriParams,
}

/** Whether proxies may route by the location sent: `yes` or `no`; any other word means no. RFC 6442 §4.2. */
import type { HeaderDef } from '../header-def.ts'
import { decodeLowerToken, encodeToken } from './token-value.ts'

export const GeolocationRouting: HeaderDef<string> = {
  name: 'Geolocation-Routing',
  list: false,
  decode: decodeLowerToken,
  encode: encodeToken,
}

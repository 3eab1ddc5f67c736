/** The route a registrar wants a phone to use for its requests. RFC 3608 §5. */
import type { HeaderDef } from '../header-def.ts'
import { decodeNameAddr, encodeNameAddr, type NameAddr } from './name-addr.ts'

export const ServiceRoute: HeaderDef<NameAddr> = {
  name: 'Service-Route',
  list: true,
  decode: decodeNameAddr,
  encode: encodeNameAddr,
}

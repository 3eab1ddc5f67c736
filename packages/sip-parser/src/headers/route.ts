/** Proxies the request must visit, next one first. RFC 3261 §20.34. */
import type { HeaderDef } from '../header-def.ts'
import { decodeNameAddr, encodeNameAddr, type NameAddr } from './name-addr.ts'

export const Route: HeaderDef<NameAddr> = {
  name: 'Route',
  list: true,
  decode: decodeNameAddr,
  encode: encodeNameAddr,
}

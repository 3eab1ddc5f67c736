/** Proxies between phone and registrar, to be visited on the way back. RFC 3327 §4. */
import type { HeaderDef } from '../header-def.ts'
import { decodeNameAddr, encodeNameAddr, type NameAddr } from './name-addr.ts'

export const Path: HeaderDef<NameAddr> = {
  name: 'Path',
  list: true,
  decode: decodeNameAddr,
  encode: encodeNameAddr,
}

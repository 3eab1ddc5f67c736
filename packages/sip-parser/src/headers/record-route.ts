/** Proxies that want to stay in the dialog, nearest one first. RFC 3261 §20.30. */
import type { HeaderDef } from '../header-def.ts'
import { decodeNameAddr, encodeNameAddr, type NameAddr } from './name-addr.ts'

export const RecordRoute: HeaderDef<NameAddr> = {
  name: 'Record-Route',
  list: true,
  decode: decodeNameAddr,
  encode: encodeNameAddr,
}

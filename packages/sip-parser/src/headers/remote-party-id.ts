/** Who the caller is, with `party`, `id-type`, `privacy` and `screen`: from before RFC 3325 §9.1 and still sent by trunks. */
import type { HeaderDef } from '../header-def.ts'
import { decodeNameAddr, encodeNameAddr, type NameAddr } from './name-addr.ts'

export const RemotePartyId: HeaderDef<NameAddr> = {
  name: 'Remote-Party-ID',
  list: true,
  decode: decodeNameAddr,
  encode: encodeNameAddr,
}

/** What the sender takes in an INFO; empty: nothing. RFC 6086 §7.2.3. */
import type { HeaderDef } from '../header-def.ts'
import { decodeTokenParams, encodeTokenParams, type TokenParams } from './token-params.ts'

export const RecvInfo: HeaderDef<TokenParams> = {
  name: 'Recv-Info',
  list: true,
  decode: decodeTokenParams,
  encode: encodeTokenParams,
}

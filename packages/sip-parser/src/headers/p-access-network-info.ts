/** The access network a phone is in: `3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=...`. RFC 7315 §5.4. */
import type { HeaderDef } from '../header-def.ts'
import { decodeTokenParams, encodeTokenParams, type TokenParams } from './token-params.ts'

export const PAccessNetworkInfo: HeaderDef<TokenParams> = {
  name: 'P-Access-Network-Info',
  list: true,
  decode: decodeTokenParams,
  encode: encodeTokenParams,
}

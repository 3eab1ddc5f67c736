/** The network a phone roams in, a name or quoted text. RFC 7315 §5.3. */
import type { HeaderDef } from '../header-def.ts'
import { formatParams, formatWord, type Params } from './params.ts'

export interface PVisitedNetworkId {
  /** Without quotes. */
  readonly network: string
  /** Names lower-cased, `''` for a flag. */
  readonly params: Params
}

export const PVisitedNetworkId: HeaderDef<PVisitedNetworkId> = {
  name: 'P-Visited-Network-ID',
  list: true,
  decode(at) {
    const network = at.peek() === '"' ? at.quotedString() : at.token()
    const params = at.params()
    return at.ended ? { network, params } : undefined
  },
  encode: ({ network, params }) => formatWord(network) + formatParams(params),
}

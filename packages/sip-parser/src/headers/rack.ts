/** Which reliable provisional response a PRACK acknowledges: `776656 1 INVITE`. RFC 3262 §7.2. */
import type { HeaderDef } from '../header-def.ts'
import { checkToken } from '../safe-text.ts'
import { formatNumber } from './whole-number.ts'

export interface RAck {
  /** RSeq of the response, 1 to 2^32 - 1. */
  readonly rseq: number
  /** Number in the CSeq of the response, below 2^31. */
  readonly sequence: number
  /** Method in the CSeq of the response. */
  readonly method: string
}

const MAX_RSEQ = 2 ** 32 - 1
const MAX_SEQUENCE = 2 ** 31 - 1

export const RAck: HeaderDef<RAck> = {
  name: 'RAck',
  list: false,
  decode(at) {
    const rseq = at.decimal(MAX_RSEQ)
    at.lws()
    const sequence = at.decimal(MAX_SEQUENCE)
    at.lws()
    const method = at.token()
    return at.ended && rseq > 0 ? { rseq, sequence, method } : undefined
  },
  encode: ({ rseq, sequence, method }) =>
    `${formatNumber(rseq, 1, MAX_RSEQ)} ${formatNumber(sequence, 0, MAX_SEQUENCE)} ${checkToken(method, 'A method')}`,
}

/** `CSeq = "CSeq" HCOLON 1*DIGIT LWS Method`. RFC 3261 §20.16, §25.1. */
import type { HeaderDef } from '../header-def.ts'
import { checkToken } from '../safe-text.ts'
import { formatNumber } from './whole-number.ts'

export interface CSeq {
  /** Below 2^31 (RFC 3261 §8.1.1.5). */
  readonly sequence: number
  /** The request's own method: ACK in an ACK, CANCEL in a CANCEL (RFC 3261 §8.1.1.5). */
  readonly method: string
}

const MAX_SEQUENCE = 2 ** 31 - 1

export const CSeq: HeaderDef<CSeq> = {
  name: 'CSeq',
  list: false,
  decode(at) {
    const sequence = at.decimal(MAX_SEQUENCE)
    at.lws()
    const method = at.token()
    return at.ended ? { sequence, method } : undefined
  },
  encode: ({ sequence, method }) => `${formatNumber(sequence, 0, MAX_SEQUENCE)} ${checkToken(method, 'A method')}`,
}

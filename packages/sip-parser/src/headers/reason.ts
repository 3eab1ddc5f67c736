/** Why a request was sent: `Q.850;cause=16;text="..."`. RFC 3326 §2. */
import type { HeaderDef } from '../header-def.ts'
import { checkToken } from '../safe-text.ts'
import { formatOthers, otherParams, type Params, quote } from './params.ts'
import { formatNumber, parseNumber } from './whole-number.ts'

export interface Reason {
  /** `SIP` or `Q.850`. */
  readonly protocol: string
  /** A SIP status or a Q.850 cause, up to nine digits; missing where only text is given. */
  readonly cause?: number
  /** For people, without quotes. */
  readonly text?: string
  /** The others. */
  readonly params?: Params
}

export const Reason: HeaderDef<Reason> = {
  name: 'Reason',
  list: true,
  decode(at) {
    const protocol = at.token()
    const params = at.params()
    const cause = params.get('cause')
    if (!at.ended || (cause !== undefined && parseNumber(cause, MOST) < 0)) return undefined
    const text = params.get('text')
    return {
      protocol,
      ...(cause === undefined ? {} : { cause: Number(cause) }),
      ...(text === undefined ? {} : { text }),
      ...otherParams(params, FIELDS),
    }
  },
  encode({ protocol, cause, text, params }) {
    let value = checkToken(protocol, 'A protocol')
    if (cause !== undefined) value += `;cause=${formatNumber(cause, 0, MOST)}`
    if (text !== undefined) value += `;text=${quote(text)}`
    return value + formatOthers(params, FIELDS)
  },
}

const MOST = 999_999_999
const FIELDS = ['cause', 'text']

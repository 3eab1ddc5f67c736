/** Why a request was sent: `Q.850;cause=16;text="..."`. RFC 3326 §2. */
import type { HeaderDef } from '../header-def.ts'
import { formatParams, quote } from './params.ts'

export interface Reason {
  /** `SIP` or `Q.850`. */
  readonly protocol: string
  readonly cause?: number
  readonly text?: string
  /** The others. */
  readonly params?: ReadonlyMap<string, string>
}

export const Reason: HeaderDef<Reason> = {
  name: 'Reason',
  list: true,
  decode(at) {
    const protocol = at.token()
    const params = at.params()
    const cause = params.get('cause')
    if (!at.ended || (cause !== undefined && !/^\d{1,9}$/.test(cause))) return undefined
    const others = new Map([...params].filter(([name]) => name !== 'cause' && name !== 'text'))
    const text = params.get('text')
    return {
      protocol,
      ...(cause === undefined ? {} : { cause: Number(cause) }),
      ...(text === undefined ? {} : { text }),
      ...(others.size === 0 ? {} : { params: others }),
    }
  },
  encode({ protocol, cause, text, params }) {
    let value = protocol
    if (cause !== undefined) value += `;cause=${cause}`
    if (text !== undefined) value += `;text=${quote(text)}`
    return params === undefined ? value : value + formatParams(params)
  },
}

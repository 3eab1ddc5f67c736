/** When to come again: `120 (in a meeting);duration=3600`. RFC 3261 §20.33. */
import type { HeaderDef } from '../header-def.ts'
import { formatParams } from './params.ts'

export interface RetryAfter {
  readonly seconds: number
  /** Text between the parentheses, as written. */
  readonly comment?: string
  readonly params?: ReadonlyMap<string, string>
}

export const RetryAfter: HeaderDef<RetryAfter> = {
  name: 'Retry-After',
  list: false,
  decode(at) {
    const seconds = at.decimal(2 ** 32 - 1)
    at.sws()
    const comment = at.peek() === '(' ? at.comment() : undefined
    const params = at.params()
    if (!at.ended) return undefined
    return { seconds, ...(comment === undefined ? {} : { comment }), ...(params.size === 0 ? {} : { params }) }
  },
  encode: ({ seconds, comment, params }) =>
    `${seconds}${comment === undefined ? '' : ` (${comment})`}${params === undefined ? '' : formatParams(params)}`,
}

/** When to come again: `120 (in a meeting);duration=3600`. RFC 3261 §20.33. */
import type { HeaderDef } from '../header-def.ts'
import { safeLength } from '../safe-text.ts'
import { formatParams } from './params.ts'
import { formatNumber, MOST_SECONDS } from './whole-number.ts'

export interface RetryAfter {
  /** From the arrival of the response. */
  readonly seconds: number
  /** Text between the parentheses, as written. */
  readonly comment?: string
  /** `duration`, in seconds, says how long the callee can be reached then; missing where there are none. */
  readonly params?: ReadonlyMap<string, string>
}

export const RetryAfter: HeaderDef<RetryAfter> = {
  name: 'Retry-After',
  list: false,
  decode(at) {
    const seconds = at.decimal(MOST_SECONDS)
    at.sws()
    const comment = at.peek() === '(' ? at.comment() : undefined
    const params = at.params()
    if (!at.ended) return undefined
    return { seconds, ...(comment === undefined ? {} : { comment }), ...(params.size === 0 ? {} : { params }) }
  },
  encode: ({ seconds, comment, params }) =>
    `${formatNumber(seconds, 0, MOST_SECONDS)}${comment === undefined ? '' : ` (${checkComment(comment)})`}${params === undefined ? '' : formatParams(params)}`,
}

/** Throws a TypeError for parentheses that do not match, and for a line end. */
function checkComment(text: string): string {
  safeLength(text, 'A comment')
  let depth = 0
  for (let i = 0; i < text.length && depth >= 0; i++) {
    const sign = text[i]
    if (sign === '(') depth++
    else if (sign === ')') depth--
    else if (sign === '\\' && ++i === text.length) depth = -1
  }
  if (depth !== 0) throw new TypeError(`Parentheses in a comment come in pairs: ${JSON.stringify(text)}`)
  return text
}

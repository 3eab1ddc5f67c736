/** Where a subscription stands, in each NOTIFY: `active;expires=3600`. RFC 6665 §8.2.3. */
import type { HeaderDef } from '../header-def.ts'
import { checkToken } from '../safe-text.ts'
import { formatOthers, formatParam, otherParams, type Params } from './params.ts'
import { formatNumber, MOST_SECONDS, parseNumber } from './whole-number.ts'

export interface SubscriptionState {
  /** Lower-cased. */
  readonly state: 'active' | 'pending' | 'terminated' | (string & {})
  /** Why it ended: `deactivated`, `timeout`, `noresource`, ... (RFC 6665 §4.1.3). */
  readonly reason?: string
  /** Seconds left. */
  readonly expires?: number
  /** Seconds to wait before the next try. */
  readonly retryAfter?: number
  /** The others. */
  readonly params?: Params
}

export const SubscriptionState: HeaderDef<SubscriptionState> = {
  name: 'Subscription-State',
  list: false,
  decode(at) {
    const state = at.token().toLowerCase()
    const params = at.params()
    const reason = params.get('reason')
    const expires = secondsOf(params.get('expires'))
    const retryAfter = secondsOf(params.get('retry-after'))
    if (!at.ended || expires === -1 || retryAfter === -1) return undefined
    return {
      state,
      ...(reason === undefined ? {} : { reason }),
      ...(expires === undefined ? {} : { expires }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
      ...otherParams(params, FIELDS),
    }
  },
  encode({ state, reason, expires, retryAfter, params }) {
    let text = checkToken(state, 'The state of a subscription')
    if (reason !== undefined) text += formatParam('reason', reason)
    if (expires !== undefined) text += `;expires=${formatNumber(expires, 0, MOST_SECONDS)}`
    if (retryAfter !== undefined) text += `;retry-after=${formatNumber(retryAfter, 0, MOST_SECONDS)}`
    return text + formatOthers(params, FIELDS)
  },
}

const secondsOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : parseNumber(text, MOST_SECONDS))

const FIELDS = ['reason', 'expires', 'retry-after']

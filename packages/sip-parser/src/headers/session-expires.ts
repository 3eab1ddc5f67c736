/** How long the session lasts without a refresh, and who refreshes it: `1800;refresher=uas`. RFC 4028 §4. */
import type { HeaderDef } from '../header-def.ts'
import { formatOthers, otherParams, type Params } from './params.ts'
import { formatNumber, MOST_SECONDS } from './whole-number.ts'

export interface SessionExpires {
  /** Below 90 it is too small (422), which is for the user agent to say (RFC 4028 §4). */
  readonly seconds: number
  /** Roles in the transaction that carries it, not in the dialog. */
  readonly refresher?: 'uac' | 'uas'
  /** The others. */
  readonly params?: Params
}

export const SessionExpires: HeaderDef<SessionExpires> = {
  name: 'Session-Expires',
  compact: 'x',
  list: false,
  decode(at) {
    const seconds = at.decimal(MOST_SECONDS)
    const params = at.params()
    const refresher = params.get('refresher')?.toLowerCase()
    if (!at.ended || !isRefresher(refresher)) return undefined
    return { seconds, ...(refresher === undefined ? {} : { refresher }), ...otherParams(params, FIELDS) }
  },
  encode({ seconds, refresher, params }) {
    if (!isRefresher(refresher)) throw new TypeError(`The refresher is "uac" or "uas", not ${JSON.stringify(refresher)}`)
    const who = refresher === undefined ? '' : `;refresher=${refresher}`
    return formatNumber(seconds, 0, MOST_SECONDS) + who + formatOthers(params, FIELDS)
  },
}

const isRefresher = (word: string | undefined): word is 'uac' | 'uas' | undefined => word === undefined || word === 'uac' || word === 'uas'

const FIELDS = ['refresher']

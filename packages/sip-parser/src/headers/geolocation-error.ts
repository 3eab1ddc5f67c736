/** What was wrong with the location sent: `100;code="Cannot Process Location"`. RFC 6442 §4.3. */
import type { HeaderDef } from '../header-def.ts'
import { formatOthers, formatQuoted, otherParams, type Params } from './params.ts'
import { formatNumber } from './whole-number.ts'

export interface GeolocationError {
  /** Up to three digits. */
  readonly error: number
  /** For people. */
  readonly text?: string
  /** The others. */
  readonly params?: Params
}

export const GeolocationError: HeaderDef<GeolocationError> = {
  name: 'Geolocation-Error',
  list: false,
  decode(at) {
    const error = at.decimal(MOST)
    const params = at.params()
    const text = params.get('code')
    return at.ended ? { error, ...(text === undefined ? {} : { text }), ...otherParams(params, FIELDS) } : undefined
  },
  encode: ({ error, text, params }) =>
    formatNumber(error, 0, MOST) + (text === undefined ? '' : formatQuoted('code', text)) + formatOthers(params, FIELDS),
}

const MOST = 999
const FIELDS = ['code']

/** What a body is for, and whether it must be understood: `session;handling=optional`. RFC 3261 §20.11. */
import type { HeaderDef } from '../header-def.ts'
import { checkToken } from '../safe-text.ts'
import { formatOthers, formatParam, otherParams, type Params } from './params.ts'

export interface ContentDisposition {
  /** Lower-cased: `session`, `render`, `icon`, `alert`, `early-session` (RFC 3959 §5). */
  readonly type: string
  /** `required` when not given: then an unknown body is refused with 415. */
  readonly handling?: 'optional' | 'required' | (string & {})
  /** The others. */
  readonly params?: Params
}

export const ContentDisposition: HeaderDef<ContentDisposition> = {
  name: 'Content-Disposition',
  list: false,
  decode(at) {
    const type = at.token().toLowerCase()
    const params = at.params()
    const handling = params.get('handling')?.toLowerCase()
    return at.ended ? { type, ...(handling === undefined ? {} : { handling }), ...otherParams(params, FIELDS) } : undefined
  },
  encode: ({ type, handling, params }) =>
    checkToken(type, 'A disposition') + (handling === undefined ? '' : formatParam('handling', handling)) + formatOthers(params, FIELDS),
}

const FIELDS = ['handling']

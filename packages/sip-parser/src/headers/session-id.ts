/** Names a session end to end, across back-to-back user agents: `LOCAL;remote=REMOTE`. RFC 7989 §5. */
import type { HeaderDef } from '../header-def.ts'
import { formatOthers, otherParams, type Params } from './params.ts'

export interface SessionId {
  /** UUID of the sender: 32 hexadecimal digits in lower case, all zero for none. */
  readonly local: string
  /** UUID of the other side; not there with peers of RFC 7329. */
  readonly remote?: string
  /** The others. */
  readonly params?: Params
}

export const SessionId: HeaderDef<SessionId> = {
  name: 'Session-ID',
  list: false,
  decode(at) {
    const local = at.token()
    const params = at.params()
    const remote = params.get('remote')
    if (!at.ended || !UUID.test(local) || (remote !== undefined && !UUID.test(remote))) return undefined
    return { local, ...(remote === undefined ? {} : { remote }), ...otherParams(params, FIELDS) }
  },
  encode: ({ local, remote, params }) =>
    checkUuid(local) + (remote === undefined ? '' : `;remote=${checkUuid(remote)}`) + formatOthers(params, FIELDS),
}

function checkUuid(text: string): string {
  if (!UUID.test(text)) throw new TypeError(`A session's UUID is 32 hexadecimal digits in lower case, not ${JSON.stringify(text)}`)
  return text
}

const UUID = /^[\da-f]{32}$/
const FIELDS = ['remote']

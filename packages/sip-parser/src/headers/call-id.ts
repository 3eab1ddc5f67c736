/** `callid = word [ "@" word ]`, compared byte by byte. RFC 3261 §20.8. */
import type { HeaderDef } from '../header-def.ts'

export const CallId: HeaderDef<string> = {
  name: 'Call-ID',
  compact: 'i',
  list: false,
  decode(at) {
    const id = at.until('')
    return at.ended && VISIBLE.test(id) ? id : undefined
  },
  encode(id) {
    if (!VISIBLE.test(id)) throw new TypeError(`A Call-ID is visible ASCII without blanks, not ${JSON.stringify(id)}`)
    return id
  },
}

/** The signs of word and `@`, and those few that only other producers of Call-IDs know. */
const VISIBLE = /^[\x21-\x7e]+$/

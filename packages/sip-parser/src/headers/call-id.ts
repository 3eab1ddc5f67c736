/** `callid = word [ "@" word ]`, compared byte by byte. RFC 3261 §20.8. */
import type { HeaderDef } from '../header-def.ts'

export const CallId: HeaderDef<string> = {
  name: 'Call-ID',
  compact: 'i',
  list: false,
  decode(at) {
    const id = at.until('')
    return at.ended && id !== '' ? id : undefined
  },
  encode(id) {
    if (!/^[\x21-\x7e]+$/.test(id)) throw new TypeError(`A Call-ID is visible ASCII without blanks, not ${JSON.stringify(id)}`)
    return id
  },
}

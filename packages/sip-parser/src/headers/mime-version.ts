/** Version of MIME the body follows: `1.0`. RFC 3261 §20.24. */
import type { HeaderDef } from '../header-def.ts'

export const MimeVersion: HeaderDef<string> = {
  name: 'MIME-Version',
  list: false,
  decode(at) {
    const version = at.until('')
    return at.ended && VERSION.test(version) ? version : undefined
  },
  encode(version) {
    if (!VERSION.test(version)) throw new TypeError(`A version is two numbers with a dot between, not ${JSON.stringify(version)}`)
    return version
  },
}

const VERSION = /^\d+\.\d+$/

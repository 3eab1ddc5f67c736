/** What the caller wants hidden: `id;header;critical`. RFC 3323 §4.2. */
import type { HeaderDef } from '../header-def.ts'
import { checkToken } from '../safe-text.ts'

export const Privacy: HeaderDef<readonly string[]> = {
  name: 'Privacy',
  list: false,
  decode(at) {
    const values = [at.token().toLowerCase()]
    while (at.skip(';') || at.skip(',')) values.push(at.token().toLowerCase())
    return at.ended ? values : undefined
  },
  encode(values) {
    if (values.length === 0) throw new TypeError('One value at least is wanted: `none` says that nothing is to be hidden')
    return values.map(value => checkToken(value, 'A kind of privacy')).join(';')
  },
}

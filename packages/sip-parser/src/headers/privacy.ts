/** What the caller wants hidden: `id;header;critical`. RFC 3323 §4.2. */
import type { HeaderDef } from '../header-def.ts'

export const Privacy: HeaderDef<readonly string[]> = {
  name: 'Privacy',
  list: false,
  decode(at) {
    const values = [at.token().toLowerCase()]
    while (at.skip(';') || at.skip(',')) values.push(at.token().toLowerCase())
    return at.ended ? values : undefined
  },
  encode: values => values.join(';'),
}

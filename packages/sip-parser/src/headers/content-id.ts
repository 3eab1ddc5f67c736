/** Names the body, for a `cid:` URI to point at: `<abc@example.com>`, here without the brackets. RFC 8262 §3. */
import type { HeaderDef } from '../header-def.ts'

export const ContentId: HeaderDef<string> = {
  name: 'Content-ID',
  list: false,
  decode(at) {
    at.literal('<')
    const id = at.until('>')
    at.literal('>')
    return at.ended && MESSAGE_ID.test(id) ? id : undefined
  },
  encode(id) {
    if (!MESSAGE_ID.test(id)) throw new TypeError(`An id is two words with "@" between, not ${JSON.stringify(id)}`)
    return `<${id}>`
  },
}

const MESSAGE_ID = /^[!-;=?A-~]+@[!-;=?A-~]+$/

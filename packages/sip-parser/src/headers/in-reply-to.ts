/** Call-IDs of the calls this one returns. RFC 3261 §20.21. */
import type { HeaderDef } from '../header-def.ts'

export const InReplyTo: HeaderDef<string> = {
  name: 'In-Reply-To',
  list: true,
  decode(at) {
    const callId = at.until('')
    return at.ended && CALL_ID.test(callId) ? callId : undefined
  },
  encode(callId) {
    if (!CALL_ID.test(callId))
      throw new TypeError(`A Call-ID in a list is visible ASCII without blanks, commas, quotes and brackets, not ${JSON.stringify(callId)}`)
    return callId
  },
}

/** Deviation: no `"` and `<`, which RFC 3261 §25.1 has in word: they would hide the comma behind them. */
const CALL_ID = /^[!#-+\--;=-~]+$/

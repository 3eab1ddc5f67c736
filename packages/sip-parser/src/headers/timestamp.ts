/** When the request was sent, by the sender's own clock; a response adds the delay. RFC 3261 §20.38. */
import type { HeaderDef } from '../header-def.ts'

export interface Timestamp {
  /** Seconds as written, `54.21`: kept as text, so that it goes back as it came. */
  readonly sent: string
  /** Seconds between arrival and response. */
  readonly delay?: string
}

export const Timestamp: HeaderDef<Timestamp> = {
  name: 'Timestamp',
  list: false,
  decode(at) {
    const sent = at.until('')
    at.sws()
    const delay = at.until('')
    if (!at.ended || !SECONDS.test(sent) || (delay !== '' && !SECONDS.test(delay))) return undefined
    return delay === '' ? { sent } : { sent, delay }
  },
  encode: ({ sent, delay }) => (delay === undefined ? checkSeconds(sent) : `${checkSeconds(sent)} ${checkSeconds(delay)}`),
}

function checkSeconds(text: string): string {
  if (!SECONDS.test(text)) throw new TypeError(`Seconds are digits with at most one dot, not ${JSON.stringify(text)}`)
  return text
}

const SECONDS = /^(?=\.?\d)\d*(?:\.\d*)?$/

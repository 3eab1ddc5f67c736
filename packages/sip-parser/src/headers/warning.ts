/** What was wrong, for people: `301 host "text"`. RFC 3261 §20.43. */
import type { HeaderDef } from '../header-def.ts'
import { quote } from './params.ts'
import { formatNumber } from './whole-number.ts'

export interface Warning {
  /** Three digits, 300 to 399. */
  readonly code: number
  /** Host, or a pseudonym, of who warns. */
  readonly agent: string
  /** For people, without quotes. */
  readonly text: string
}

export const Warning: HeaderDef<Warning> = {
  name: 'Warning',
  list: true,
  decode(at) {
    const code = at.decimal(999)
    at.lws()
    const agent = at.until('')
    at.lws()
    const text = at.quotedString()
    return at.ended && code >= 100 && AGENT.test(agent) ? { code, agent, text } : undefined
  },
  encode({ code, agent, text }) {
    if (!AGENT.test(agent)) throw new TypeError(`A warning is from a host or a pseudonym, not ${JSON.stringify(agent)}`)
    return `${formatNumber(code, 100, 999)} ${agent} ${quote(text)}`
  },
}

/** hostport or token: nothing that ends a value of a list, or hides its end. */
const AGENT = /^[\w\-.!%*+`'~:[\]]+$/

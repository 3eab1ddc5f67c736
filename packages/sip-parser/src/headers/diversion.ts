/** Who diverted the call before it came here, the latest first. RFC 5806 §10. */
import type { HeaderDef } from '../header-def.ts'
import { decodeNameAddr, encodeNameAddr, type NameAddr } from './name-addr.ts'
import { formatOthers, formatParam, otherParams } from './params.ts'
import { formatNumber, parseNumber } from './whole-number.ts'

/** The address that diverted; `params` holds what has no field. */
export interface Diversion extends NameAddr {
  /** `no-answer`, `user-busy`, `unconditional`, or other words. */
  readonly reason?: string
  /** How often the call was diverted by this entry: 1 when not given, at most 99. */
  readonly counter?: number
  /** How many diversions are allowed, at most 99. */
  readonly limit?: number
  /** `full`, `name`, `uri`, `off`. */
  readonly privacy?: string
  /** `yes` or `no`. */
  readonly screen?: string
}

export const Diversion: HeaderDef<Diversion> = {
  name: 'Diversion',
  list: true,
  decode(at) {
    const address = decodeNameAddr(at)
    if (address === undefined) return undefined
    const { params, ...who } = address
    const diversion: Draft = { ...who, params: otherParams(params, FIELDS).params ?? NOTHING }
    for (const name of WORDS) if (params.has(name)) diversion[name] = params.get(name)!
    for (const name of COUNTS) if (params.has(name)) diversion[name] = parseNumber(params.get(name)!, MOST)
    return diversion.counter === -1 || diversion.limit === -1 ? undefined : diversion
  },
  encode(diversion) {
    let text = encodeNameAddr({ ...diversion, params: NOTHING })
    for (const name of WORDS) if (diversion[name] !== undefined) text += formatParam(name, diversion[name])
    for (const name of COUNTS) if (diversion[name] !== undefined) text += `;${name}=${formatNumber(diversion[name], 0, MOST)}`
    return text + formatOthers(diversion.params, FIELDS)
  },
}

type Draft = { -readonly [K in keyof Diversion]: Diversion[K] }

const NOTHING: ReadonlyMap<string, string> = new Map()
const MOST = 99
const WORDS = ['reason', 'privacy', 'screen'] as const
const COUNTS = ['counter', 'limit'] as const
const FIELDS = [...WORDS, ...COUNTS]

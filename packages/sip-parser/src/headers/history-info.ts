/** Whom the request was for on its way here, the first one first. RFC 7044 §5. */
import type { HeaderDef } from '../header-def.ts'
import { decodeNameAddr, encodeNameAddr, type NameAddr } from './name-addr.ts'
import { formatOthers, otherParams } from './params.ts'
import { parseValue } from './parse-value.ts'
import { Reason } from './reason.ts'

/** One target; `params` holds what has no field. Why it was left is escaped in its URI: see {@link historyReason}. */
export interface HistoryInfo extends NameAddr {
  /** Place in the tree of forks, `1.2.1` (RFC 7044 §5.1). */
  readonly index: string
  /** How this target came of an earlier one, whose index it is: a contact of the same user (`rc`), another user (`mp`), no change (`np`). */
  readonly rc?: string
  /** The index of the target whose user was another one. */
  readonly mp?: string
  /** The index of the target that is the same as this one. */
  readonly np?: string
}

/** Why the request went on from this target: the Reason escaped in its URI (RFC 7044 §5.1). */
export function historyReason(entry: HistoryInfo): Reason | undefined {
  const text = entry.uri.headers.get('reason')
  return text === undefined ? undefined : parseValue(Reason, text)
}

export const HistoryInfo: HeaderDef<HistoryInfo> = {
  name: 'History-Info',
  list: true,
  decode(at) {
    const address = decodeNameAddr(at)
    if (address === undefined) return undefined
    const { params, ...who } = address
    const entry: Draft = { ...who, index: params.get('index') ?? '', params: otherParams(params, FIELDS).params ?? NOTHING }
    for (const name of ORIGINS) if (params.has(name)) entry[name] = params.get(name)!
    return FIELDS.every(name => isIndex(entry[name])) && INDEX.test(entry.index) ? entry : undefined
  },
  encode(entry) {
    let text = `${encodeNameAddr({ ...entry, params: NOTHING })};index=${checkIndex(entry.index)}`
    for (const name of ORIGINS) if (entry[name] !== undefined) text += `;${name}=${checkIndex(entry[name])}`
    return text + formatOthers(entry.params, FIELDS)
  },
}

type Draft = { -readonly [K in keyof HistoryInfo]: HistoryInfo[K] }

const isIndex = (text: string | undefined): boolean => text === undefined || INDEX.test(text)

function checkIndex(text: string): string {
  if (!INDEX.test(text)) throw new TypeError(`An index is numbers with dots between, not ${JSON.stringify(text)}`)
  return text
}

const NOTHING: ReadonlyMap<string, string> = new Map()
const INDEX = /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))*$/
const ORIGINS = ['rc', 'mp', 'np'] as const
const FIELDS = ['index', ...ORIGINS] as const

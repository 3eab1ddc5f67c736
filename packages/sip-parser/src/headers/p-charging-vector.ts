/** Names the call to the charging of all networks on its way: `icid-value=...;orig-ioi=...`. RFC 7315 §5.6. */
import type { HeaderDef } from '../header-def.ts'
import { formatOthers, formatParam, formatQuoted, formatValue, otherParams, type Params } from './params.ts'

export interface PChargingVector {
  /** The call's charging id, unique in space and time. */
  readonly icid: string
  /** Host that made it. */
  readonly generatedAt?: string
  /** Network the call comes from. */
  readonly origIoi?: string
  /** Network it goes to. */
  readonly termIoi?: string
  /** Networks between, `a.1,void,b.2`. */
  readonly transitIoi?: string
  /** The others. */
  readonly params?: Params
}

export const PChargingVector: HeaderDef<PChargingVector> = {
  name: 'P-Charging-Vector',
  list: false,
  decode(at) {
    at.literal('icid-value')
    if (!at.skip('=')) at.fail()
    const icid = at.peek() === '"' ? at.quotedString() : at.until(';,"')
    const params = at.params()
    if (!at.ended || icid === '') return undefined
    const vector: Draft = { icid, ...otherParams(params, FIELDS) }
    for (const [field, name] of NAMES) if (params.has(name)) vector[field] = params.get(name)!
    return vector
  },
  encode(vector) {
    if (vector.icid === '') throw new TypeError('P-Charging-Vector needs a charging id')
    let text = `icid-value=${formatValue(vector.icid)}`
    for (const [field, name] of NAMES) {
      const value = vector[field]
      if (value !== undefined) text += field === 'transitIoi' ? formatQuoted(name, value) : formatParam(name, value)
    }
    return text + formatOthers(vector.params, FIELDS)
  },
}

type Draft = { -readonly [K in keyof PChargingVector]: PChargingVector[K] }

const NAMES = [
  ['generatedAt', 'icid-generated-at'],
  ['origIoi', 'orig-ioi'],
  ['termIoi', 'term-ioi'],
  ['transitIoi', 'transit-ioi'],
] as const
const FIELDS = ['icid-value', ...NAMES.map(([, name]) => name)]

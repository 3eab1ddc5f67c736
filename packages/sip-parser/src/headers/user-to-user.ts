/** Data the user agents hand each other; nobody between reads it. RFC 7433 §4.1. */
import type { HeaderDef } from '../header-def.ts'
import { formatOthers, formatParam, formatWord, otherParams, type Params } from './params.ts'

export interface UserToUser {
  /** As sent, without quotes: hexadecimal digits when `encoding` is `hex`. */
  readonly data: string
  /** The package, `isdn-uui` (RFC 7434 §3). */
  readonly purpose?: string
  /** What `data` is about: `isdn-uui`. RFC 7433 §4.1. */
  readonly content?: string
  /** How `data` is written; `hex` is checked, other words are kept. RFC 7433 §4.1. */
  readonly encoding?: 'hex' | (string & {})
  /** The others. */
  readonly params?: Params
}

export const UserToUser: HeaderDef<UserToUser> = {
  name: 'User-to-User',
  list: true,
  decode(at) {
    const data = at.peek() === '"' ? at.quotedString() : at.token()
    const params = at.params()
    if (!at.ended) return undefined
    const value: Draft = { data, ...otherParams(params, FIELDS) }
    for (const name of FIELDS) if (params.has(name)) value[name] = params.get(name)!
    return isSound(value) ? value : undefined
  },
  encode(value) {
    if (!isSound(value))
      throw new TypeError(`Data with the encoding "hex" is pairs of hexadecimal digits, not ${JSON.stringify(value.data)}`)
    let text = formatWord(value.data)
    for (const name of FIELDS) if (value[name] !== undefined) text += formatParam(name, value[name])
    return text + formatOthers(value.params, FIELDS)
  },
}

const isSound = ({ data, encoding }: UserToUser): boolean => encoding?.toLowerCase() !== 'hex' || HEX.test(data)

type Draft = { -readonly [K in keyof UserToUser]: UserToUser[K] }

const HEX = /^(?:[\da-fA-F]{2})+$/
const FIELDS = ['purpose', 'content', 'encoding'] as const

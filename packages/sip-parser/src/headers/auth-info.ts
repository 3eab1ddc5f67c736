/** What a server says after good credentials: its next nonce, and the proof that it knows the password too. RFC 7616 §3.5. */
import type { Cursor } from '../header-def.ts'
import { decodeAuthParams, formatAuthParams } from './auth-params.ts'
import { otherParams, type Params } from './params.ts'

export interface AuthInfo {
  /** The nonce to use next. */
  readonly nextnonce?: string
  /** `auth` or `auth-int`. */
  readonly qop?: string
  /** Digest over the response, hexadecimal. */
  readonly rspauth?: string
  /** The client's own, repeated. RFC 7616 §3.5. */
  readonly cnonce?: string
  /** Eight hexadecimal digits. */
  readonly nc?: string
  /** The others. */
  readonly params?: Params
}

export function decodeAuthInfo(at: Cursor): AuthInfo | undefined {
  const params = decodeAuthParams(at)
  if (params === undefined) return undefined
  const info: Draft = { ...otherParams(params, FIELDS) }
  for (const name of FIELDS) if (params.has(name)) info[name] = params.get(name)!
  return info
}

/** Throws a TypeError when nothing is said. */
export function encodeAuthInfo(info: AuthInfo): string {
  const params = new Map<string, string>()
  for (const name of FIELDS) if (info[name] !== undefined) params.set(name, info[name])
  for (const [name, value] of info.params ?? []) {
    if (params.has(name.toLowerCase())) throw new TypeError(`The parameter ${JSON.stringify(name)} has a field of its own`)
    params.set(name, value)
  }
  if (params.size === 0) throw new TypeError('One parameter at least is wanted')
  return formatAuthParams(params, TOKENS)
}

type Draft = { -readonly [K in keyof AuthInfo]: AuthInfo[K] }

const FIELDS = ['nextnonce', 'qop', 'rspauth', 'cnonce', 'nc'] as const
const TOKENS: ReadonlySet<string> = new Set(['qop', 'nc'])

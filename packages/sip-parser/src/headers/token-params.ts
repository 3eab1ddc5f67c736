/** A token with parameters: codings, languages, packages, access types. RFC 3261 §25.1. */
import type { Cursor } from '../header-def.ts'
import { checkToken } from '../safe-text.ts'
import { formatParams, type Params } from './params.ts'

export interface TokenParams {
  /** As written, or lower-cased where the header's case does not count. */
  readonly token: string
  /** Names lower-cased, `''` for a flag. */
  readonly params: Params
}

export function decodeTokenParams(at: Cursor): TokenParams | undefined {
  const token = at.token()
  const params = at.params()
  return at.ended ? { token, params } : undefined
}

/** For tokens whose case does not count. */
export function decodeLowerTokenParams(at: Cursor): TokenParams | undefined {
  const value = decodeTokenParams(at)
  return value && { token: value.token.toLowerCase(), params: value.params }
}

export function encodeTokenParams({ token, params }: TokenParams): string {
  return checkToken(token, 'The value') + formatParams(params)
}

/** `type/subtype` and parameters, for Content-Type and Accept. RFC 3261 §20.1, §20.15. */
import type { Cursor } from '../header-def.ts'
import { formatParams } from './params.ts'

export interface MediaType {
  /** Lower-cased, `application/sdp`. */
  readonly type: string
  readonly params: ReadonlyMap<string, string>
}

export function decodeMediaType(at: Cursor): MediaType | undefined {
  const major = at.token()
  if (!at.skip('/')) at.fail()
  const minor = at.token()
  const params = at.params()
  return at.ended ? { type: `${major}/${minor}`.toLowerCase(), params } : undefined
}

export function encodeMediaType({ type, params }: MediaType): string {
  return type + formatParams(params)
}

/** `type/subtype` and parameters, for Content-Type and Accept. RFC 3261 §20.1, §20.15. */
import type { Cursor } from '../header-def.ts'
import { checkToken } from '../safe-text.ts'
import { formatParams } from './params.ts'

export interface MediaType {
  /** Lower-cased, `application/sdp`. */
  readonly type: string
  /** Names lower-cased, values without quotes: `boundary`, `charset`, `q`. */
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
  const slash = type.indexOf('/')
  if (slash < 0) throw new TypeError(`A media type has a slash, ${JSON.stringify(type)} has none`)
  checkToken(type.slice(0, slash), 'A media type')
  checkToken(type.slice(slash + 1), 'A media subtype')
  return type + formatParams(params)
}

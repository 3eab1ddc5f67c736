/** A URI without a name, with parameters: what Call-Info, Alert-Info, Error-Info and Geolocation hold. RFC 3261 §25.1. */
import type { Cursor } from '../header-def.ts'
import { formatUri, type Uri } from '../uri.ts'
import { formatParams, type Params } from './params.ts'

export interface UriParams {
  /** What stands between the angle brackets; parameters inside belong to it. */
  readonly uri: Uri
  /** Names lower-cased, `''` for a flag. */
  readonly params: Params
}

/** `<URI>` and parameters; without brackets, as some phones send it, the URI ends at the first semicolon. */
export function decodeUriParams(at: Cursor): UriParams | undefined {
  const address = at.address()
  const params = at.params()
  if (address === undefined || address.displayName !== undefined || !at.ended) return undefined
  return { uri: address.uri, params }
}

export function encodeUriParams({ uri, params }: UriParams): string {
  return `<${formatUri(uri)}>${formatParams(params)}`
}

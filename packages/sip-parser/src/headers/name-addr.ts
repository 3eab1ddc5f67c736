/** A name and a URI with parameters: what From, To, Contact and Route hold. RFC 3261 §20.10, §25.1. */
import type { Cursor } from '../header-def.ts'
import { formatUri, type Uri } from '../uri.ts'
import { formatParams, quote } from './params.ts'

export interface NameAddr {
  /** Unescaped, without quotes; `''` is written `""`. */
  readonly displayName?: string
  /** The address itself, without the header's parameters. RFC 3261 §20.10. */
  readonly uri: Uri
  /** Header parameters: names lower-cased, `''` for a flag. */
  readonly params: ReadonlyMap<string, string>
}

/** The tag that makes half a dialog's name (RFC 3261 §19.3). */
export function tagOf(address: NameAddr): string | undefined {
  return address.params.get('tag')
}

/** name-addr / addr-spec, then parameters. */
export function decodeNameAddr(at: Cursor): NameAddr | undefined {
  const address = at.address()
  const params = at.params()
  if (address === undefined || !at.ended) return undefined
  const { displayName, uri } = address
  return displayName === undefined ? { uri, params } : { displayName, uri, params }
}

/** Always with `<>`, so that parameters are never in doubt. */
export function encodeNameAddr({ displayName, uri, params }: NameAddr): string {
  const name = displayName === undefined ? '' : `${quote(displayName)} `
  return `${name}<${formatUri(uri)}>${params.size > 0 ? formatParams(params) : ''}`
}

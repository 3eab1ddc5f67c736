/** The URI inside a Route or Path value that we keep as text, `<sip:…;lr>`. RFC 3261 §20.34, RFC 3327 §4. */
import { parseUri, type Uri } from '@strowger/sip-parser'

export function routeUri(value: string): Uri | undefined {
  const [, inside] = /<([^>]*)>/.exec(value) ?? []
  return parseUri(inside ?? value.trim())
}

/** Text given by the caller as a URI; a mistake in it is the caller's. RFC 3261 §19.1. */
import { parseUri, type Uri } from '@strowger/sip-parser'

/** Throws a TypeError for what is no URI. */
export function uriOf(text: string): Uri {
  const uri = parseUri(text)
  if (!uri) throw new TypeError(`"${text}" is not a URI`)
  return uri
}

/** A URI that a user of this package wrote, and what to say when it cannot be used. RFC 3261 §19.1, RFC 3966 §5. */
import { formatUri, parseUri, type Uri } from '@strowger/sip-parser'
import { TransportError } from './transport-error.ts'

/** @throws {TransportError} `no-target`, with what to write instead where `text` is an address for `on`. */
export function uriOf(text: string): Uri {
  const uri = LISTEN.test(text) ? undefined : parseUri(text)
  if (uri === undefined) throw new TransportError('no-target', `"${text}" is not a URI${insteadOf(text)}`)
  return uri
}

/** A name that nobody knows, or a number, which only a proxy knows the way to. */
export function leadsNowhere(uri: Uri): TransportError {
  const why = uri.host === '' ? `: a ${uri.scheme}: URI needs a proxy` : ''
  return new TransportError('no-target', `${formatUri(uri)} leads to no address we can send to${why}`)
}

function insteadOf(text: string): string {
  const [, name, address] = LISTEN.exec(text) ?? []
  return name === undefined ? '' : `; write "sip:${address}${name === 'udp' ? '' : `;transport=${name}`}"`
}

const LISTEN = /^(udp|tcp|tls|ws|wss):(?=[^/])(.*)$/

/** Option tags: what we serve, and what a message says of it. RFC 3261 §8.2.2.3, §20.32, §20.37, RFC 3262 §7.3, RFC 4028 §13. */
import { Require, type SipRequest, type SipResponse, Supported } from '@strowger/sip-parser'

/** Required, and not known to us: 420. */
export function unknownIn(request: SipRequest): readonly string[] {
  return request.headers.all(Require).filter(tag => !KNOWN.has(tag.toLowerCase()))
}

export function requires({ headers }: SipRequest | SipResponse, tag: string): boolean {
  return headers.all(Require).some(each => each.toLowerCase() === tag)
}

export function supports(message: SipRequest | SipResponse, tag: string): boolean {
  return message.headers.all(Supported).some(each => each.toLowerCase() === tag) || requires(message, tag)
}

const KNOWN: ReadonlySet<string> = new Set(['100rel', 'timer'])

/** Where a phone is, out of its Contact. RFC 3261 §8.1.1.8. */
import { parseUri } from '@strowger/sip-parser'
import type { Address } from '@strowger/sip-transaction'
import type { Phone } from '@strowger/sip-transport'

export function addressOf({ contact }: Pick<Phone, 'contact'>): Address {
  const uri = parseUri(contact)
  if (uri?.port === undefined) throw new TypeError(`"${contact}" is no Contact of ours`)
  return { address: uri.host, port: uri.port }
}

/** As it stands in a URI, and in `openPhone`'s `on`. RFC 3986 §3.2.2. */
export function hostOf(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

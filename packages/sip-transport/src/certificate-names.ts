/** The SIP identities a certificate proves, and whether a domain is among them. RFC 5922 §7.1, §7.2. */
import { isIPv6 } from 'node:net'
import type { PeerCertificate } from 'node:tls'

/**
 * Domains and addresses, in lower case: of `sip:` URIs without user part where there are any, else of DNS names, else, without any
 * alternative name, the common name. IP addresses are taken beside DNS names.
 */
export function sipNamesOf({ subject, subjectaltname }: Pick<PeerCertificate, 'subject' | 'subjectaltname'>): readonly string[] {
  const entries = subjectaltname === undefined ? [] : entriesOf(subjectaltname)
  const of = (kind: string): string[] =>
    entries.filter(({ kind: of, value }) => of === kind && value !== '').map(({ value }) => value.toLowerCase())
  const uris = of('URI').flatMap(uri => /^sips?:([^@;?]+)$/.exec(uri)?.[1] ?? [])
  const addresses = of('IP Address').map(plainAddress)
  if (uris.length > 0) return [...uris, ...addresses]
  const names = of('DNS')
  if (names.length + addresses.length > 0) return [...names, ...addresses]
  const common: unknown = subject?.CN
  return entries.length === 0 && typeof common === 'string' ? [common.toLowerCase()] : []
}

/** Whether one of `names` is exactly `domain`: a wildcard proves nothing in SIP (RFC 5922 §7.2). */
export function provesDomain(names: readonly string[], domain: string): boolean {
  return names.includes(
    plainAddress(
      domain
        .replace(/^\[|\]$/g, '')
        .replace(/\.$/, '')
        .toLowerCase(),
    ),
  )
}

/** An IPv6 address has many forms: the shortest. RFC 5952 §4. */
function plainAddress(text: string): string {
  return isIPv6(text) && !text.includes('%') ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text
}

interface Entry {
  readonly kind: string
  readonly value: string
}

/** `DNS:example.com, URI:sip:example.com, IP Address:192.0.2.1`; a value with special characters is a JSON string. */
function entriesOf(text: string): readonly Entry[] {
  return [...text.matchAll(ENTRY)].map(([, kind, value]) => ({ kind: kind!, value: value!.startsWith('"') ? unquoted(value!) : value! }))
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch {
    return ''
  }
}

const ENTRY = /(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g

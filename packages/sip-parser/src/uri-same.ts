/** When two URIs are the same. RFC 3261 §19.1.4, RFC 3966 §4, RFC 8141 §3.1. */
import type { Uri } from './uri.ts'
import { sameHost } from './uri-ipv6.ts'
import { withoutSeparators } from './uri-tel.ts'
import { urnOf } from './uri-urn.ts'

/**
 * `sip:` and `sips:` by RFC 3261 §19.1.4 and RFC 5954 §4.2, `tel:` by RFC 3966 §4, `urn:` by RFC 8141 §3.1, any other letter by letter.
 * It is no equivalence: two URIs may both be the same as a third and not as each other (RFC 3261 §19.1.4).
 * Deviation: a reserved character is the same as its escape, for phones write `%2B49` and `+49` and mean the same number (RFC 3261 §19.1.4).
 * Deviation: headers in a URI are compared as text, not by the rules of each header field (RFC 3261 §19.1.4).
 */
export function sameUri(a: Uri, b: Uri): boolean {
  if (a.scheme !== b.scheme) return false
  if (a.scheme === 'tel') return sameTel(a, b)
  if (a.opaque !== undefined || b.opaque !== undefined) return a.opaque === b.opaque || sameUrn(a, b)
  return (
    a.user === b.user &&
    a.password === b.password &&
    a.port === b.port &&
    sameHost(a.host, b.host) &&
    sameParams(a.params, b.params) &&
    sameHeaders(a.headers, b.headers)
  )
}

function sameParams(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  for (const name of MUST_MATCH) if (a.has(name) !== b.has(name)) return false
  for (const [name, value] of a) {
    const other = b.get(name)
    if (other !== undefined && other.toLowerCase() !== value.toLowerCase()) return false
  }
  return true
}

function sameHeaders(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false
  for (const [name, value] of a) if (b.get(name) !== value) return false
  return true
}

/** Every parameter counts, and only visual separators and case do not (RFC 3966 §4). */
function sameTel(a: Uri, b: Uri): boolean {
  if (withoutSeparators(a.user ?? '') !== withoutSeparators(b.user ?? '') || a.params.size !== b.params.size) return false
  for (const [name, value] of a.params) {
    const other = b.params.get(name)
    if (other === undefined || comparable(name, other) !== comparable(name, value)) return false
  }
  return true
}

/** An extension and a context of digits have separators that do not count; a context that is a domain has none. */
function comparable(name: string, value: string): string {
  const digits = name === 'ext' || (name === 'phone-context' && value.startsWith('+'))
  return digits ? withoutSeparators(value) : value.toLowerCase()
}

function sameUrn(a: Uri, b: Uri): boolean {
  const left = urnOf(a)
  const right = urnOf(b)
  return left !== undefined && right !== undefined && left.namespace === right.namespace && left.name === right.name
}

/** Parameters that never match when only one side has them (RFC 3261 §19.1.4). */
const MUST_MATCH = ['user', 'ttl', 'method', 'maddr', 'transport']

/** Names that last: `urn:service:sos`, `urn:uuid:…`. RFC 8141 §2, RFC 5031 §3. */
import type { Uri } from './uri.ts'

export interface Urn {
  /** Lower-cased (RFC 8141 §3.1). */
  readonly namespace: string
  /** As the namespace compares it: escapes in capitals; lower-cased where case does not count (service, uuid). */
  readonly name: string
}

/** `undefined` when it is no URN. What comes after `?+`, `?=` or `#` is no part of the name (RFC 8141 §3.1). */
export function urnOf(uri: Uri): Urn | undefined {
  if (uri.scheme !== 'urn' || uri.opaque === undefined) return undefined
  const colon = uri.opaque.indexOf(':')
  const namespace = uri.opaque.slice(0, Math.max(colon, 0)).toLowerCase()
  const stop = uri.opaque.slice(colon + 1).search(/[?#]/)
  const name = stop < 0 ? uri.opaque.slice(colon + 1) : uri.opaque.slice(colon + 1, colon + 1 + stop)
  if (!NAMESPACE.test(namespace) || name === '' || name.startsWith('/') || BROKEN_ESCAPE.test(name)) return undefined
  return { namespace, name: ANY_CASE.has(namespace) ? name.toLowerCase() : name.replace(ESCAPE, digits => digits.toUpperCase()) }
}

/** The service a call asks for, lower-cased: `sos.fire` of `urn:service:sos.fire` (RFC 5031 §3). */
export function serviceOf(uri: Uri): string | undefined {
  const urn = urnOf(uri)
  return urn?.namespace === 'service' && SERVICE.test(urn.name) ? urn.name : undefined
}

const NAMESPACE = /^[a-z0-9][a-z0-9-]{0,30}[a-z0-9]$/
const ESCAPE = /%[0-9a-fA-F]{2}/g
const BROKEN_ESCAPE = /%(?![0-9a-fA-F]{2})/
const SERVICE = /^[a-z0-9](?:[a-z0-9-]{0,25}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/
/** RFC 5031 §3, RFC 9562 §4. */
const ANY_CASE: ReadonlySet<string> = new Set(['service', 'uuid'])

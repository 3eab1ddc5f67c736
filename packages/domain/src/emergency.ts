/** Which calls are emergency calls. RFC 5031 §4. */

/** Parts of a SIP, tel or urn URI, as `sip-parser` reads them. */
export interface CalledUri {
  readonly scheme: string
  readonly user?: string | undefined
  /** Of a urn: what follows `urn:`. */
  readonly opaque?: string | undefined
}

/** `urn:service:sos` and what is below it, and the operator's `numbers`. */
export function isEmergency({ scheme, user, opaque }: CalledUri, numbers: readonly string[]): boolean {
  if (scheme === 'urn') return /^service:sos(\.|$)/i.test(opaque ?? '')
  return user !== undefined && numbers.includes(user)
}

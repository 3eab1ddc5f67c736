/** One contact of an address of record, as a REGISTER made it. RFC 3261 §10.3, RFC 5626 §6, RFC 3327 §5.3. */

/** Where a user can be reached, and until when. RFC 3261 §10. */
export interface Binding {
  /** Address of record, the registrar's key: `username@domain`. RFC 3261 §10.3 step 5. */
  readonly aor: string
  /** The Contact URI. RFC 3261 §10.2.1. */
  readonly contact: string
  /** Route values in the order to be taken, `<sip:…;lr>`: our own edge, if there is one, then those of Path. RFC 3327 §5.3. */
  readonly path: readonly string[]
  /** `+sip.instance`, without the quotes. RFC 5626 §4.1. */
  readonly instance?: string
  /** Which of the instance's flows. RFC 5626 §4.2. */
  readonly regId?: number
  /** 0 to 1 in thousandths; higher is tried first. RFC 3261 §20.10. */
  readonly q?: number
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** Of the REGISTER that made it. RFC 3261 §10.3 step 7. */
  readonly callId: string
  /** Of the REGISTER that made it. RFC 3261 §10.3 step 7. */
  readonly cseq: number
  /** What the phone says it is. RFC 3261 §20.41. */
  readonly userAgent?: string
}

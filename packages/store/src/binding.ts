/** Where a phone can be reached: one row of `location`, made by a REGISTER. RFC 3261 §10.3, RFC 5626 §6, RFC 3327 §5.3 */

export interface Binding {
  /** Address of record: `username@domain`, the domain in lower case. */
  readonly aor: string
  /** The Contact URI as the phone wrote it. */
  readonly contact: string
  /** Path values in the order of the REGISTER: the first is the hop to take first. */
  readonly path: readonly string[]
  /** `+sip.instance`, without the quotes. */
  readonly instance?: string
  readonly regId?: number
  readonly q?: number
  /** Epoch, ms. */
  readonly expiresAt: number
  readonly callId: string
  readonly cseq: number
  readonly userAgent?: string
  /** Signed token of the edge and the flow the REGISTER came by. */
  readonly flow?: string
  /** Source of the REGISTER, as the edge writes it: `udp:192.0.2.7:5060`. */
  readonly received?: string
}

/** What makes two bindings of one address of record the same: instance and reg-id if given, else the Contact. RFC 5626 §6 */
export function bindingKey(binding: Pick<Binding, 'contact' | 'instance' | 'regId'>): string {
  const { instance, regId, contact } = binding
  return instance !== undefined && regId !== undefined ? `${instance};${regId}` : contact
}

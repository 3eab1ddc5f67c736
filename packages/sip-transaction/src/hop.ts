/** One way to one place, as RFC 3263 §4 has chosen it before. The layer sees one hop at a time; `sip-transport` walks the targets. */

/** Milliseconds on any monotonic clock. The layer only ever subtracts them. */
export type Millis = number

/** An IP address and port, or a name before it is resolved. */
export interface Address {
  /** IP address, or a name where only the transport resolves it. IPv6 without brackets. */
  readonly address: string
  /** 1 to 65535; 0 is nowhere. */
  readonly port: number
}

/** One step of the way to the next element. RFC 3261 §18. */
export interface Hop {
  /** Anything but UDP is reliable: no retransmission timers (RFC 3261 §17.1.1.2). */
  readonly transport: 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS'
  /** Who gets what we send, or sent what we got: the true source, whatever its Via says. */
  readonly remote: Address
  /** What we send from; the Via's sent-by follows from it (RFC 3261 §18.1.1). */
  readonly local: Address
  /** An existing flow that must be used (RFC 5626 §4.3). Without it the transport reuses or opens one. */
  readonly flow?: number
}

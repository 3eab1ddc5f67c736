/** A flow: a UDP socket of ours, or one TCP connection. RFC 5626 §2. */
import type { Address, Hop } from '@strowger/sip-transaction'

/** `id` is what `Hop.flow` names; it is never used twice. */
export interface Flow {
  readonly id: number
  readonly transport: 'UDP' | 'TCP'
  readonly local: Address
  /** The far end of a connection; a UDP socket has none. */
  readonly remote?: Address
  /** Whether the peer opened the connection. */
  readonly incoming: boolean
}

/** The hop a message came by, as the core sees it: an answer given to it finds its way back. */
export interface ReceivedHop extends Hop {
  readonly flow: number
  /**
   * Where answers go when not to `remote` on `flow`: over UDP to the sent-by port of a sender without `rport`, over TCP when the
   * connection is gone. RFC 3261 §18.2.2.
   */
  readonly reply?: Address
}

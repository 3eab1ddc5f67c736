/** A flow: a UDP socket of ours, or one connection. RFC 5626 §2. */
import type { Address, Hop } from '@strowger/sip-transaction'

/** `id` is what `Hop.flow` names; it is never used twice. */
export interface Flow {
  /** Never used twice. */
  readonly id: number
  /** As in Via. */
  readonly transport: Hop['transport']
  /** Our end. */
  readonly local: Address
  /** The far end of a connection; a UDP socket has none. */
  readonly remote?: Address
  /** Whether the peer opened the connection. */
  readonly incoming: boolean
  /** The SIP identities the peer's certificate proves, once it has been believed (TLS, WSS). RFC 5922 §7.1. */
  readonly peerNames?: readonly string[] | undefined
}

/** Where to, and over TLS whom we expect there: a domain, which the certificate must prove. RFC 5922 §7.3. */
export interface NamedAddress extends Address {
  /** The domain of the URI that led there. */
  readonly name?: string
}

/** The hop a message came by, as the core sees it: an answer given to it finds its way back. */
export interface ReceivedHop extends Hop {
  /** The id of the {@link Flow} it came by. */
  readonly flow: number
  /**
   * Where answers go when not to `remote` on `flow`: over UDP to the sent-by port of a sender without `rport`, over TCP and TLS when the
   * connection is gone. RFC 3261 §18.2.2.
   */
  readonly reply?: NamedAddress
}

/** Anyone on a network, simulated or real: takes datagrams and time, gives datagrams. RFC 3261 §18. */
import type { Address, Millis } from '@strowger/sip-transaction'

/** What a party knows of the place it is put in. */
export interface Place {
  /** Where it receives. */
  readonly address: Address
  /** Where another party of that name receives. Throws a TypeError where there is none. */
  addressOf(name: string): Address
}

/** What a party sends. */
export interface Datagram {
  /** Where it goes; to an address where nobody is, it is lost. */
  readonly to: Address
  /** The whole of one datagram, most often one SIP message. */
  readonly bytes: Uint8Array
}

/** How a party stands. `serving`: it has no end of its own, and nobody waits for it. */
export type Outcome =
  | { readonly kind: 'running' | 'done' | 'serving' }
  /** `text` says which step waited for what. */
  | { readonly kind: 'failed'; readonly text: string }

/**
 * A machine without sockets and clock: the same one runs on `Network` in virtual time and on UDP (`@strowger/testkit/udp`).
 * After each `start`, `receive` and `wake`, `poll` is called until it gives nothing more. Times are milliseconds since the beginning.
 */
export interface Party {
  /** Unique on its network; heads its column in the ladder. */
  readonly name: string
  /** How it stands now; `done` and `failed` are for good. */
  readonly outcome: Outcome
  /** When `wake` is to be called; `Infinity` for never. */
  readonly nextWake: Millis
  /** Called once, before anything else: time, and where the party is. */
  start(now: Millis, place: Place): void
  /** A datagram came. It must not throw, whatever the bytes are. */
  receive(now: Millis, bytes: Uint8Array, from: Address): void
  /** It is `nextWake` or later. */
  wake(now: Millis): void
  /** The next datagram to send; `undefined` when there is none. */
  poll(): Datagram | undefined
}

/** How a program runs over: what was sent, by whom, and what became of it. */
export interface Exchange {
  /** When it left, in milliseconds since the beginning. */
  readonly sentAt: Millis
  /** The name of the party that sent it. */
  readonly from: string
  /** The name of the party, or `address:port` where nobody of ours is. */
  readonly to: string
  /** As they were sent. */
  readonly bytes: Uint8Array
  /** `lost` on the way, or arrived twice; on real sockets without a `link` it is always `sent`, which says that it left. */
  readonly fate: 'sent' | 'lost' | 'doubled'
}

/** `192.0.2.1:5060`; IPv6 in brackets. */
export function addressText({ address, port }: Address): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}

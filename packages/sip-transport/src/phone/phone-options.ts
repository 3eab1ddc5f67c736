/** What a phone is told. RFC 3261 §8.1.1, §10.2, §22. */
import type { UserAgentOptions } from '@strowger/sip-ua/call'
import type { Resolver } from '../resolver.ts'

export interface PhoneOptions extends Pick<UserAgentOptions, 'sessionTimer' | 'reliable' | 'methods' | 'events' | 'product'> {
  /** `udp:ADDRESS:PORT` or `tcp:ADDRESS:PORT`; port 0 takes a free one. The first is the way our own requests go. */
  readonly on: readonly [string, ...string[]]
  /** Who we are: `sip:alice@example.com`. */
  readonly aor: string
  /** For challenges. Default: the user part of `aor`. */
  readonly username?: string
  /** Without it 401 and 407 are refusals. */
  readonly password?: string
  /** Where everything goes first: `sip:proxy.example.com`, with `;transport=tcp` or a port as needed. Default: where each URI leads (RFC 3263). */
  readonly proxy?: string
  /** Asked of the registrar. Default 3600. */
  readonly expiresSeconds?: number
  /** Closes the phone. */
  readonly signal?: AbortSignal
  /** DNS. Default `nodeResolver`. */
  readonly resolver?: Resolver
}

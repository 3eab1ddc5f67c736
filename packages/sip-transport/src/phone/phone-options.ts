/** What a phone is told. RFC 3261 §8.1.1, §10.2, §22. */
import type { UserAgentOptions } from '@strowger/sip-ua/call'
import type { EndpointOptions } from '../endpoint.ts'
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
  /** Whose challenges are answered. Default: anybody's, those of who is called as well (RFC 3261 §22.1). */
  readonly realm?: string
  /** Where everything goes first: `sip:proxy.example.com`, with `;transport=tcp` or a port as needed. Default: where each URI leads (RFC 3263). */
  readonly proxy?: string
  /** Asked of the registrar. Default 3600. */
  readonly expiresSeconds?: number
  /** Closes the phone. */
  readonly signal?: AbortSignal
  /** DNS. Default `nodeResolver`. */
  readonly resolver?: Resolver
  /** RFC 3261 Table 4, ms: T1, T2 and T4. */
  readonly timers?: NonNullable<EndpointOptions['timers']>
  /** Sees each message as it comes and goes; `MessageWatch` has one. */
  readonly tap?: NonNullable<EndpointOptions['tap']>
}

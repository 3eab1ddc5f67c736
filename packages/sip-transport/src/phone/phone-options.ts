/** What a phone is told. RFC 3261 §8.1.1, §10.2, §22. */
import type { UserAgentOptions } from '@strowger/sip-ua/call'
import type { Loose } from '../defined.ts'
import type { EndpointOptions } from '../endpoint.ts'
import type { Resolver } from '../resolver.ts'
import type { TlsOptions } from '../tls-options.ts'
import type { WebSocketOptions } from '../ws-door.ts'

/** What a phone may be told of its calls; see `UserAgentOptions` of `@strowger/sip-ua/call`. */
type CallRules = Pick<UserAgentOptions, 'sessionTimer' | 'reliable' | 'pracks' | 'methods' | 'events' | 'unansweredSeconds' | 'product'>

/** Who a phone is, and by which way it speaks. RFC 3261 §8.1. */
export interface PhoneOptions extends Loose<CallRules> {
  /**
   * `udp:ADDRESS:PORT`, or `tcp:`, `tls:`, `ws:`, `wss:`; port 0 takes a free one. Without `:PORT` connections are only opened (not `udp:`). Our
   * Contact is on the first.
   */
  readonly on: readonly [string, ...string[]]
  /** Who we are: `sip:alice@example.com`. */
  readonly aor: string
  /** For challenges. Default: the user part of `aor`. */
  readonly username?: string | undefined
  /** Without it 401 and 407 are refusals. */
  readonly password?: string | undefined
  /** Whose challenges are answered. Default: anybody's, those of who is called as well (RFC 3261 §22.1). */
  readonly realm?: string | undefined
  /** Where everything goes first: `sip:proxy.example.com`, with `;transport=tcp` or a port as needed. Default: where each URI leads (RFC 3263). */
  readonly proxy?: string | undefined
  /** Asked of the registrar. Default 3600. */
  readonly expiresSeconds?: number | undefined
  /**
   * `urn:uuid:...`, the same after every restart: the phone registers for outbound, as its flow `regId` (default 1), and is reached by that flow
   * where the registrar agrees. Over UDP the flow is kept by STUN then. RFC 5626 §4.1, §4.2.
   */
  readonly instance?: string | undefined
  /** Which of the flows of this `instance`, from 1. RFC 5626 §4.2. */
  readonly regId?: number | undefined
  /**
   * How often the flow of our registration is kept alive, ms; 0: never. Default, over UDP: 24 to 29 s; over TCP and TLS, where the registrar
   * does so (`Flow-Timer`, or `Require: outbound`): 95 to 120 s; each as often as Flow-Timer says, at least. WebSockets look after themselves.
   * RFC 5626 §4.4.
   */
  readonly keepAliveMs?: number | undefined
  /** For `tls:` and `wss:`: certificates, and whom we believe. */
  readonly tls?: TlsOptions | undefined
  /** For `ws:` and `wss:`: from which pages, to which path. */
  readonly webSocket?: WebSocketOptions | undefined
  /** Closes the phone. */
  readonly signal?: AbortSignal | undefined
  /** DNS. Default `nodeResolver`. */
  readonly resolver?: Resolver | undefined
  /** RFC 3261 Table 4, ms: T1, T2 and T4. */
  readonly timers?: EndpointOptions['timers']
  /** Sees each message as it comes and goes; `MessageWatch` has one. */
  readonly tap?: EndpointOptions['tap']
}

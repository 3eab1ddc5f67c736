/** What an endpoint is told, where its messages go, and the transaction layer that follows from it. RFC 3261 §17, §18. */
import { randomBytes } from 'node:crypto'
import type { Limits, SipRequest } from '@strowger/sip-parser'
import type { Hop, Millis, Output, TransactionOptions } from '@strowger/sip-transaction'
import { nodeTagOf, nodeToken } from '@strowger/sip-transaction/node'
import { AliasLayer } from './alias-layer.ts'
import type { ConnectionLimits } from './connections.ts'
import type { SipEndpoint } from './endpoint.ts'
import type { Flow } from './flow.ts'
import type { ListenAddress } from './listen-address.ts'
import type { Tap, Taps } from './tap/taps.ts'
import { TimedLayer } from './tap/timed-layer.ts'
import type { TlsOptions } from './tls-options.ts'
import type { TransportError } from './transport-error.ts'
import type { UdpFlowOptions } from './udp-flow.ts'
import type { WorkerSeat } from './workers/protocol.ts'
import type { WebSocketOptions } from './ws-door.ts'

/** Where the messages go: a proxy, a B2BUA. */
export interface Core {
  /** Everything the layer puts out, but for `transmit`, which the endpoint does itself. */
  onOutput(output: CoreOutput, now: Millis): void
  /** A connection is gone; a UDP socket never is. `error` says why, and what to do, where it did not end in order. */
  onFlowClosed?(flow: Flow, now: Millis, error?: TransportError): void
  /**
   * Call-IDs of what goes on here, beyond the transactions that only wait for what is sent again. Asked of a worker that is being drained:
   * these it keeps.
   */
  liveCalls?(): Iterable<string>
  /** Whether a new request that came to a UDP socket we listen on no more is taken all the same. Default: none. */
  takesLate?(request: SipRequest, from: Hop): boolean
  /** What the core of another worker has told by `tellOthers`. */
  onNews?(news: unknown, now: Millis): void
}

/** What a core hears of: the outputs of the layer but `transmit`. RFC 3261 §17. */
export type CoreOutput = Exclude<Output, { kind: 'transmit' }>

/** Sockets, timers and limits of an endpoint. RFC 3261 §18. */
export interface EndpointOptions {
  /** At least one socket; `Hop.local` of what we send is one of them. */
  readonly listen: readonly [ListenAddress, ...ListenAddress[]]
  /** Or a function that makes it. Nothing is received before `open` has resolved. */
  readonly core: Core | ((endpoint: SipEndpoint) => Core)
  /** RFC 3261 Table 4, ms. */
  readonly timers?: TransactionOptions['timers'] | undefined
  /** Passed on to the transaction layer. */
  readonly layer?: Omit<TransactionOptions, 'token' | 'tagOf' | 'timers'> | undefined
  /** Key of the To tags of stateless answers, at least 16 bytes: the same for all workers of a role. Default: random. */
  readonly tagKey?: Uint8Array | undefined
  /** Of messages and of connections. */
  readonly limits?: (Limits & ConnectionLimits) | undefined
  /** Certificates for TLS and WSS, and whom we believe. */
  readonly tls?: TlsOptions | undefined
  /**
   * Writes `alias` into the Vias of what leaves by TLS and TCP: whoever we connect to may send its own requests by the same connection. Default
   * false. What peers offer is always taken, over TLS and once they have proved who they are. RFC 5923 §8.1.
   */
  readonly alias?: boolean | undefined
  /** Which WebSockets may be opened here. RFC 7118 §4.1. */
  readonly webSocket?: WebSocketOptions | undefined
  /** UDP socket options: SO_REUSEPORT, sharing wake-ups, which implementation. */
  readonly udp?: Omit<UdpFlowOptions, 'address' | 'port'> | undefined
  /** Sees each message as it comes and goes; {@link MessageWatch} has one. More of them: `endpoint.taps`. */
  readonly tap?: Tap | undefined
  /** Made before, for whoever wants to look on from the first message. Default: new ones, with nobody. */
  readonly taps?: Taps | undefined
  /**
   * Makes it one of several on the same port: a message goes to the one that owns its Call-ID, wherever it arrives. Give all of them the same
   * `tagKey`, and what `shareListeners` gave as `listen`.
   */
  readonly worker?: WorkerSeat | undefined
  /** What the core throws. Default: an uncaught exception of the process; the endpoint goes on either way. */
  readonly onFault?: ((error: unknown) => void) | undefined
  /** Monotonic ms. Default `performance.now`. */
  readonly clock?: (() => Millis) | undefined
}

/** What we only connect by cannot be reached, so it is nobody's alias. */
export function layerFor(options: EndpointOptions, clock: () => Millis): TimedLayer {
  if (options.alias !== true) return new TimedLayer(layerOptions(options), clock)
  const reached = new Set(options.listen.filter(({ connectOnly }) => connectOnly !== true).map(({ transport }) => transport))
  return new AliasLayer(layerOptions(options), clock, transport => reached.has(transport))
}

function layerOptions({ layer, timers, tagKey }: EndpointOptions): TransactionOptions {
  return { ...layer, ...(timers && { timers }), token: nodeToken, tagOf: nodeTagOf(tagKey ?? randomBytes(32)) }
}

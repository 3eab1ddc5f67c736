/**
 * Keeps the flow of a registration alive, and notices when it is gone. RFC 5626 §4.4.
 *
 * Deviation: over UDP it is CRLFCRLF, which nobody answers, and not STUN (RFC 5626 §4.4.2): that wants a server of both on one port, which
 * few registrars are. A NAT remembers us by it; that the other side is gone shows at the next refresh.
 */

import type { Hop } from '@strowger/sip-transaction'
import { keepAliveMs, type RegistrationGrant } from '@strowger/sip-ua'
import type { SipEndpoint } from '../endpoint.ts'
import type { Flow } from '../flow.ts'

export interface KeepAliveOptions {
  readonly endpoint: Pick<SipEndpoint, 'ping'>
  /** By which the registration goes. */
  readonly hop: () => Hop
  /** The connection is gone. */
  readonly lost: () => void
  /** Instead of what RFC 5626 §4.4 says; 0 never. */
  readonly everyMs: number | undefined
  /** Without the flow nobody reaches us, kept alive or not. */
  readonly isReachedByFlow: boolean
}

export class KeepAlive {
  readonly #options: KeepAliveOptions
  #timer: NodeJS.Timeout | undefined
  /** Of the registration that stands. */
  #hop: Hop | undefined
  #isKept = false

  constructor(options: KeepAliveOptions) {
    this.#options = options
  }

  /** The registrar has said yes, by the flow that is to be kept from now on. */
  start(granted: Pick<RegistrationGrant, 'flowTimerSeconds' | 'outbound'>): void {
    this.stop()
    const hop = this.#options.hop()
    this.#hop = hop
    this.#isKept = isKept(hop, granted, this.#options.everyMs)
    if (this.#isKept) this.#next(granted.flowTimerSeconds)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#hop = undefined
  }

  /** A connection was closed. */
  closed({ transport, remote, incoming }: Flow): void {
    const kept = this.#isKept || this.#options.isReachedByFlow ? this.#hop : undefined
    if (kept === undefined || incoming || transport !== kept.transport) return
    if (remote?.address !== kept.remote.address || remote.port !== kept.remote.port) return
    this.#lose()
  }

  #next(flowTimerSeconds: number | undefined): void {
    const { everyMs } = this.#options
    const wait = everyMs ?? keepAliveMs(this.#hop?.transport === 'UDP' ? 'datagram' : 'stream', Math.random(), flowTimerSeconds)
    this.#timer = setTimeout(() => this.#ping(flowTimerSeconds), wait)
  }

  #ping(flowTimerSeconds: number | undefined): void {
    if (this.#hop === undefined) return
    if (this.#options.endpoint.ping(this.#hop)) this.#next(flowTimerSeconds)
    else this.#lose()
  }

  #lose(): void {
    this.stop()
    this.#options.lost()
  }
}

/** Who does not say that it answers pings might not: a stream would be closed for that. */
function isKept(
  { transport }: Hop,
  { flowTimerSeconds, outbound }: Pick<RegistrationGrant, 'flowTimerSeconds' | 'outbound'>,
  everyMs?: number,
): boolean {
  if (everyMs === 0) return false
  if (transport === 'WS' || transport === 'WSS') return true
  return everyMs !== undefined || transport === 'UDP' || outbound || flowTimerSeconds !== undefined
}

/**
 * Keeps the flow of a registration alive, and notices when it is gone. RFC 5626 §4.4.
 *
 * Over UDP by STUN where the registrar says that it keeps flows (`Require: outbound`), and answers it therefore: no answer, or another address
 * of ours, is the end of the flow (RFC 5626 §4.4.2). Deviation: with other registrars by CRLFCRLF, which nobody answers; a NAT remembers us by it.
 */

import type { Address, Hop } from '@strowger/sip-transaction'
import { keepAliveMs, type RegistrationGrant } from '@strowger/sip-ua'
import type { SipEndpoint } from '../endpoint.ts'
import type { Flow } from '../flow.ts'

export interface KeepAliveOptions {
  readonly endpoint: Pick<SipEndpoint, 'ping' | 'probe'>
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
  /** As whom the far end saw us when we registered: set, it is asked by STUN. */
  #seenAs: Promise<Address | undefined> | undefined

  constructor(options: KeepAliveOptions) {
    this.#options = options
  }

  /** The registrar has said yes, by the flow that is to be kept from now on. */
  start(granted: Pick<RegistrationGrant, 'flowTimerSeconds' | 'outbound'>): void {
    this.stop()
    const hop = this.#options.hop()
    this.#hop = hop
    this.#isKept = isKept(hop, granted, this.#options.everyMs)
    if (!this.#isKept) return
    if (hop.transport === 'UDP' && granted.outbound) this.#seenAs = this.#options.endpoint.probe(hop)
    this.#next(granted.flowTimerSeconds)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#hop = undefined
    this.#seenAs = undefined
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
    this.#timer = setTimeout(() => void this.#ask(flowTimerSeconds), wait)
  }

  async #ask(flowTimerSeconds: number | undefined): Promise<void> {
    const [hop, timer] = [this.#hop, this.#timer]
    if (hop === undefined) return
    const isThere = this.#seenAs === undefined ? this.#options.endpoint.ping(hop) : await this.#isSeenTheSame(hop)
    // A refresh, or its failure, has come in between.
    if (this.#timer !== timer) return
    if (isThere) this.#next(flowTimerSeconds)
    else this.#lose()
  }

  /** Who would see us elsewhere, or not at all, cannot reach us. RFC 5626 §4.4.2. */
  async #isSeenTheSame(hop: Hop): Promise<boolean> {
    const [before, now] = await Promise.all([this.#seenAs, this.#options.endpoint.probe(hop)])
    return before !== undefined && before.address === now?.address && before.port === now.port
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

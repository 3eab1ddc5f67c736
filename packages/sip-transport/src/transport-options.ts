/** What the sockets of an endpoint are told at their start, and whom they tell what came. RFC 3261 §18. */
import type { Limits, Parsed } from '@strowger/sip-parser'
import type { Millis, Transaction } from '@strowger/sip-transaction'
import type { ConnectionLimits } from './connections.ts'
import type { Counters } from './counters.ts'
import type { Flow, ReceivedHop } from './flow.ts'
import type { Taps } from './tap/taps.ts'
import type { TlsOptions } from './tls-options.ts'
import type { TransportError } from './transport-error.ts'
import type { UdpFlowOptions } from './udp-flow.ts'
import type { Colleagues } from './workers/colleagues.ts'
import type { WebSocketOptions } from './ws-door.ts'

export interface TransportOptions {
  readonly limits: Limits & ConnectionLimits
  readonly udp: Omit<UdpFlowOptions, 'address' | 'port'>
  readonly tls: TlsOptions | undefined
  readonly webSocket: WebSocketOptions
  readonly taps: Taps
  readonly clock: () => Millis
  readonly counters: Counters
  /** Of our timers, ms: the first wait of a STUN request. RFC 8489 §6.2.1. */
  readonly t1: Millis
  /** `received` and `rport` are written already. The bytes are the message's own. */
  message(now: Millis, parsed: Parsed, hop: ReceivedHop): void
  /** All messages of one read have been given. */
  batchEnd(): void
  /** What these sent did not arrive. */
  failed(transactions: readonly Transaction[]): void
  /** The other workers of this role, where there are any. */
  readonly colleagues?: Colleagues | undefined
  closed(flow: Flow, error: TransportError | undefined): void
  /** Something of ours threw. */
  fault(error: unknown): void
}

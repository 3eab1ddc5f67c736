/** One connection, whatever carries it: what all of them do, and how their peers misbehave. RFC 3261 §18, RFC 7118 §4. */
import type { Parsed } from '@strowger/sip-parser'
import type { Address } from '@strowger/sip-transaction'
import type { Flow } from './flow.ts'

/** Why a connection is cut: an unfinished message, nothing at all for long, or a peer that does not read. */
export type Complaint = 'connection-slow' | 'connection-idle' | 'connection-stuck'

export interface Connection extends Flow {
  readonly transport: 'TCP' | 'TLS' | 'WS' | 'WSS'
  readonly remote: Address
  readonly open: boolean
  /**
   * False when the connection is closed, or its peer reads too slowly: then it is cut. `failed` is called when the bytes cannot be handed
   * to the kernel.
   */
  send(bytes: Uint8Array, failed: ((error: Error) => void) | undefined): boolean
  /** Asks whether the peer is there; nothing leaves while that is not answered. False when the connection is closed. RFC 5626 §4.4.1, RFC 7118 §6. */
  ping(now: number): boolean
  /** Writes what was sent since the last flush, in one go. */
  flush(): void
  /** What is wrong with the peer at `now`, if anything; asked every now and then. */
  complaint(now: number): Complaint | undefined
  /** `in order`: after what has been written; `at once` drops that too. */
  close(how: 'in order' | 'at once'): void
}

export interface ConnectionEvents {
  /** Cut out of a stream. */
  message(connection: Connection, parsed: Parsed): void
  /** One WebSocket message; the bytes are valid only during the call. */
  frame(connection: Connection, bytes: Uint8Array): void
  keepAlive(): void
  /** All messages of one read have been given. */
  batchEnd(): void
  /** It is cut for this. */
  complaint(complaint: Complaint): void
  /** Once. `error` when it did not end in order. */
  closed(connection: Connection, error: Error | undefined): void
}

export interface ConnectionEnds {
  readonly incoming: boolean
  readonly local: Address
  readonly remote: Address
  readonly peerNames?: readonly string[] | undefined
}

/** How much patience a peer gets. Times in ms; see `ConnectionLimits`. */
export interface Patience {
  readonly messageMs: number
  readonly idleMs: number
  readonly pingMs: number
  readonly queuedBytes: number
}

/** A peer that vanished without a word is noticed some minutes later. */
export const TCP_KEEP_ALIVE_MS = 60_000
/** A stream whose ping is not answered within this time is dead. RFC 5626 §4.4.1. */
export const PONG_MS = 10_000
/** A keep-alive on a stream. RFC 5626 §4.4.1. */
export const PING: Uint8Array = Uint8Array.of(13, 10, 13, 10)
/** Its answer. RFC 5626 §4.4.1. */
export const PONG: Uint8Array = Uint8Array.of(13, 10)

/** A UDP socket that moves many datagrams per crossing into native code, or the same over `node:dgram`. RFC 768. */
import { loadUdp } from '@strowger/native'
import { DgramSocket } from './dgram-socket.ts'
import type { NativeAddon } from './layout.ts'
import { NativeSocket } from './native-socket.ts'
import type { Peer } from './peers.ts'

/** Datagrams received together. `bytes`, `peer` and `local` are valid only during the callback: copy what you keep. */
export interface Batch {
  /** How many datagrams came together, at least 1. */
  readonly length: number
  /** The payload of datagram `i`: a view, copy what you keep. */
  bytes(i: number): Uint8Array
  /** It was longer than `maxBytes`, and this is its beginning. */
  truncated(i: number): boolean
  /** Who sent it. The object may be kept, it never changes. */
  peer(i: number): Peer
  /** The address the datagram was sent to (IP_PKTINFO): answer from it. `node:dgram` knows only the bound address. */
  local(i: number): Peer
  /** When the kernel received it, ms since 1970 with a fraction (SO_TIMESTAMPNS). `undefined` without `timestamps`, and over `node:dgram`. */
  time(i: number): number | undefined
}

/** How a socket is opened. */
export interface UdpOptions {
  /** Numeric. An IPv6 socket takes IPv6 only; open a second one for IPv4. */
  readonly address: string
  /** Default 0: any free one, see `local`. */
  readonly port?: number
  /** Datagrams per crossing. Default 64. */
  readonly batch?: number
  /** SO_REUSEPORT, to run one socket per worker. Default false. */
  readonly reusePort?: boolean
  /**
   * Under load, leave the socket alone up to this long after a read, so that the next wake-up brings several datagrams, µs. At most 250;
   * default 0 = never. Adds that much latency at most, half of it in the mean, and only from some 8000 datagrams/s on (at 250); a socket
   * that is idle, or too busy to wait, reads at once. Timers and other sockets are never delayed.
   */
  readonly shareWakeUpsUs?: number
  /** Ask the kernel when each datagram came, see `time`. Default false. */
  readonly timestamps?: boolean
  /** Longest datagram received whole, bytes. Default 65,535: any. */
  readonly maxBytes?: number
  /** The kernel's receive buffer, bytes. Default 4 MiB; less when `net.core.rmem_max` says so and we are not root. */
  readonly receiveBufferBytes?: number
  /** Datagrams that may wait to be sent. Default 1024. */
  readonly queueLength?: number
  /** Default: native when the addon loads, else `node:dgram`. */
  readonly implementation?: 'native' | 'dgram'
}

/** Called for each batch. What it throws is an uncaught exception of the process; the socket lives on. */
export type Receive = (batch: Batch, socket: UdpSocket) => void

/** Totals since the socket was opened. `undefined`: `node:dgram` cannot tell. */
export interface UdpStats {
  /** Datagrams given to the callback. */
  readonly received: number
  /** Of those, longer than `maxBytes`. */
  readonly truncated: number
  /** Datagrams the kernel dropped because our buffer was full (SO_RXQ_OVFL), as of the last one received. */
  readonly dropped: number | undefined
  /** Datagrams the kernel took. */
  readonly sent: number
  /** Datagrams for which `send` returned false: no room, too long, or closed. */
  readonly refused: number
  /** Datagrams the kernel would not send, and ICMP errors. */
  readonly failed: number
  /** Reads of the socket. `received` by this is how many came together. */
  readonly wakeUps: number | undefined
  /** How often it was left alone to share a wake-up, see `shareWakeUpsUs`. */
  readonly pauses: number | undefined
}

export interface UdpSocket {
  /** Where it is bound; the port that was chosen when 0 was asked for. */
  readonly local: Peer
  /** Which of the two this socket is. */
  readonly implementation: 'native' | 'dgram'
  /**
   * Copied, and queued until the end of this turn or `flush`; in a callback, until it has returned and what came meanwhile has been given, too. Returns false when the queue is full: the datagram is lost, see `onDrain`.
   * `from` chooses the source address on a socket bound to all of them; its port is not looked at.
   */
  send(bytes: Uint8Array, peer: Peer, from?: Peer): boolean
  /** Sends what is queued now instead of at the end of this turn. */
  flush(): void
  /**
   * Errors of earlier sends, for fail-over: `ECONNREFUSED`, `EHOSTUNREACH`, `ENETUNREACH`, `EMSGSIZE`, …
   * ICMP errors (RFC 1122 §4.1.3.3) reach the native implementation only.
   */
  onError(listener: (peer: Peer, code: string) => void): void
  /** After `send` returned false for want of room: the queue is empty again. */
  onDrain(listener: () => void): void
  /** Its totals, also of a closed socket. */
  stats(): UdpStats
  /** What is queued is sent first. Idempotent, and safe in a callback. */
  close(): void
}

/** Opens sockets. @throws {UdpError} with the errno name as `code`, `EADDRINUSE`. @throws {RangeError} when an option is out of its bounds. */
export const UdpSocket: { bind(options: UdpOptions, receive: Receive): UdpSocket } = {
  bind(options, receive) {
    const { shareWakeUpsUs = 0, maxBytes = 1 } = options
    if (!(shareWakeUpsUs >= 0 && shareWakeUpsUs <= 250)) throw new RangeError(`shareWakeUpsUs is 0 to 250 µs, not ${shareWakeUpsUs}`)
    if (!(maxBytes >= 1 && maxBytes <= 65_535)) throw new RangeError(`maxBytes is 1 to 65535, not ${maxBytes}`)
    const addon = options.implementation === 'dgram' ? undefined : addonFor(options)
    return addon === undefined ? new DgramSocket(options, receive) : new NativeSocket(addon, options, receive)
  },
}

/** Whether the native addon is there. */
export function nativeAvailable(): boolean {
  return addonFor({ address: '' }) !== undefined
}

function addonFor(options: UdpOptions): NativeAddon | undefined {
  try {
    return loadUdp() as NativeAddon
  } catch (error) {
    if (options.implementation === 'native') throw error
    return undefined
  }
}

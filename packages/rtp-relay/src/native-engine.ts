/** The native engine (native/relay/addon.cpp) and its types. Streams are numbers; packets never come here. */
import { loadRelay } from '@strowger/native'

/** `source` is text for `learned` only; `forMs` counts for `silent` and `digit`, `event` for `digit` (RFC 4733 §3.2). */
export type EngineListener = (
  kind: 'learned' | 'silent' | 'digit',
  stream: number,
  generation: number,
  source: string,
  port: number,
  rtcp: boolean,
  forMs: number,
  event: number,
) => void

export interface EngineOptions {
  readonly addresses: readonly string[]
  readonly firstPort: number
  readonly lastPort: number
  readonly threads: number
  /** How long a closed pair of ports rests before it is used again. */
  readonly restMs: number
  /** Under load a thread leaves its sockets alone for so long at most, so that one wake-up brings packets of many streams; 0 never. */
  readonly shareWakeUpsUs: number
  /** So many closed pairs stay bound for the next calls. */
  readonly keptPairs: number
  /** A folder below `bpffs` for the streams that the kernel forwards by itself; empty: none. */
  readonly fastPath: string
  readonly bpffs: string
  /** What the kernel forwards for an earlier process it goes on with until `settle`. */
  readonly inherits: boolean
}

/** Whose packets a socket believes: the announced address only; also its host and the signalling's; anybody. */
export const LEARN: Readonly<Record<'exact' | 'host' | 'any', number>> = { exact: 0, host: 1, any: 2 }
/** Bits of `connect`'s flags. */
export const FLAG: Readonly<Record<'mux' | 'raw' | 'rtpSendable' | 'rtcpSendable' | 'strict' | 'handover' | 'asymmetric', number>> = {
  mux: 1,
  raw: 2,
  rtpSendable: 4,
  rtcpSendable: 8,
  strict: 16,
  handover: 32,
  asymmetric: 64,
}
/** What becomes of sound: it passes, is replaced by silence, or held back. */
export const VOICE: Readonly<Record<'pass' | 'silence' | 'block', number>> = { pass: 0, silence: 1, block: 2 }

/** What is said is obeyed by a thread before its next packet, and within 10 ms. */
export interface NativeEngine {
  /** `port` 0: any. @throws with `code` `ports-exhausted`. */
  open(address: number, thread: number, port: number): readonly [stream: number, generation: number, port: number]
  connect(
    stream: number,
    address: string,
    port: number,
    rtcpAddress: string,
    rtcpPort: number,
    signalling: string,
    learn: number,
    flags: number,
    clockRate: number,
    eventType: number,
    learned: string,
    learnedPort: number,
  ): void
  join(stream: number, to: number | undefined): void
  /** What is sent from `stream` arrives at `other` without the kernel; `undefined` undoes. False when they are of different threads. */
  twin(stream: number, other: number | undefined): boolean
  /** The byte with DSCP and ECN. */
  mark(stream: number, tos: number): void
  /** What of the party's RTP goes on: `voice` of `VOICE`, and whether telephone events do (RFC 4733). `silences` as of `Sieve`. At once. */
  sift(stream: number, voice: number, events: boolean, silences: readonly number[]): void
  /** 0 stops watching. */
  watch(stream: number, silenceMs: number): void
  /**
   * After a restart, once the stream and all that hear it are as they were: what the kernel forwards for it goes on. `packets` and `bytes` had been
   * received before, as far as is known; the rest is counted now.
   */
  takeOver(stream: number, packets: number, bytes: number): void
  /** What the kernel forwards for an earlier process and nobody took over ends. */
  settle(): void
  close(stream: number): void
  stop(): void
  portsInUse(): number
  /** Why the kernel forwards nothing; empty when it does, or was not asked to. */
  fastPathTrouble(): string
  counters(): ArrayBuffer
}

interface RelayAddon {
  /** @throws with `code` `address-unavailable`. */
  readonly Engine: new (
    options: EngineOptions,
    listener: EngineListener,
  ) => NativeEngine
  raiseFileLimit(wanted: number): number
}

export function startEngine(options: EngineOptions, listener: EngineListener): NativeEngine {
  const { Engine } = loadRelay() as RelayAddon
  return new Engine(options, listener)
}

/** Raises the process's limit of open files as far as it may; returns the limit in force. Two sockets per stream need it. */
export function raiseFileLimit(wanted: number): number {
  return (loadRelay() as RelayAddon).raiseFileLimit(wanted)
}

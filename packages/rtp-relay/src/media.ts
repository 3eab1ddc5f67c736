/** One media stream of a party at the relay: where the party sends to, and where it listens. RFC 3550 §11, RFC 4961. */
import type { Call } from './call.ts'
import { added, type StreamStats } from './counters.ts'
import type { Exchange } from './exchange.ts'
import { FLAG, LEARN, VOICE } from './native-engine.ts'
import type { Party } from './party.ts'

/** Where a stream is received or sent to. */
export interface MediaAddress {
  /** Numeric; what goes into the SDP. */
  readonly address: string
  /** RTP port, even (RFC 3550 §11). */
  readonly port: number
  /** Default `port + 1`; equal to `port` with rtcp-mux (RFC 5761). */
  readonly rtcpPort?: number
}

/** What a party's SDP, and who sent it, tell of where it listens. */
export interface RemoteMedia extends MediaAddress {
  /** Where RTCP goes, when not to `address` (RFC 3605). */
  readonly rtcpAddress?: string
  /** Where the party's signalling came from: a phone behind a NAT sends its media from there too. */
  readonly signalling?: string
  /**
   * Whose packets to believe: `exact` the announced address only, `host` also other ports of its host and of `signalling`, `any`
   * the first who comes, while nobody better does. Default as the party was made.
   */
  readonly learn?: 'exact' | 'host' | 'any'
  /**
   * After the lock: `strict` who is known and locked to stays, and not even the announced address takes over; `handover` whoever may be
   * learned takes over when the other has been silent for half a second. Default: the announced address takes over.
   */
  readonly sources?: 'strict' | 'handover'
  /** It is sent to where it was announced, wherever it sends from. Default false: RTP is symmetric (RFC 4961). */
  readonly asymmetric?: boolean
  /** Hz, for jitter. Default 8000. */
  readonly clockRate?: number
  /** Not RTP (T.38): every datagram passes, nothing is measured. */
  readonly raw?: boolean
  /** Payload type of telephone events, whose ends are told (RFC 4733). */
  readonly eventType?: number
}

/** What of a party's RTP goes on to whoever hears it. All is received and counted, and RTCP passes. */
export interface Sieve {
  /** `silence`: replaced by silence in G.711, G.722 and L16, held back in other codecs. */
  readonly voice: 'pass' | 'silence' | 'block'
  /** Whether telephone events pass (RFC 4733). */
  readonly events: boolean
  /** Payload types beside the static ones whose sound can be silence, each with the byte that is: `[97, 0xd5]` is G.711 A-law at 97. At most four. */
  readonly silences?: readonly number[]
}

/** Everything passes. */
export const OPEN: Sieve = { voice: 'pass', events: true }

function sameSieve(one: Sieve, other: Sieve): boolean {
  return one.voice === other.voice && one.events === other.events && String(one.silences ?? []) === String(other.silences ?? [])
}

export interface MediaOptions {
  readonly interface: number
  readonly thread: number
  readonly learn: 'exact' | 'host' | 'any'
  /** 0: nobody asks. */
  readonly silenceMs: number
  /** Byte of the IP header with the DSCP in its upper six bits. */
  readonly tos: number
  /** Pairs of ports, one after the other (RFC 8866 §5.14). Default 1. */
  readonly pairs?: number
}

export class Media {
  /** Put this in the SDP sent to this party. */
  readonly local: Required<MediaAddress>
  /** @internal The socket's own address, where `local` has the advertised one. */
  readonly bound: string
  /** @internal */
  readonly stream: number
  /** @internal */
  readonly generation: number
  /** @internal Whose it is, where it is of a party's own m-line. */
  owner: { readonly call: Call; readonly party: Party } | undefined
  /** @internal Who hears this party. */
  to: Media | undefined
  /** @internal The media of another call that is this one's party, where packets go over without the kernel. */
  twin: Media | undefined
  /** @internal The pairs of ports after this one, where its m-line has several: each is relayed as this one is. */
  readonly following: Media[] = []
  readonly #exchange: Exchange
  readonly #options: MediaOptions
  #remote: RemoteMedia | undefined
  #learned: MediaAddress | undefined
  #known: MediaAddress | undefined
  #apart = false
  #before: StreamStats | undefined
  #sieve: Sieve = OPEN
  #held = false
  #watchedSince = 0
  /** The engine knows of a remote; a socket of which it was told nothing is deaf. */
  #told = false
  #final: StreamStats | undefined

  /** @internal */
  constructor(exchange: Exchange, options: MediaOptions, wantedPort = 0) {
    const { stream, generation, port, bound, advertised } = exchange.openStream(options.interface, options.thread, wantedPort)
    this.#exchange = exchange
    this.#options = options
    this.stream = stream
    this.generation = generation
    this.bound = bound
    this.local = { address: advertised, port, rtcpPort: port + 1 }
    exchange.add(this)
    if (options.tos > 0) exchange.engine.mark(stream, options.tos)
  }

  /** Where the party's SDP says it listens. */
  get remote(): RemoteMedia | undefined {
    return this.#remote
  }

  /** Where its packets come from, once that is known to differ. */
  get learned(): MediaAddress | undefined {
    return this.#learned
  }

  /** Counters in shared memory: reading them does not enter native code. After the close: as they were then. */
  get received(): StreamStats {
    if (this.#final) return this.#final
    const since = this.#exchange.counters.ofStream(this.stream)
    return this.#before ? added(this.#before, since) : since
  }

  /** @internal Nobody has sent anything to it, and nothing was sent from it. */
  get untouched(): boolean {
    return this.#before === undefined && this.#final === undefined && this.#exchange.counters.isZero(this.stream)
  }

  /** @internal Its ports are free again. */
  get closed(): boolean {
    return this.#final !== undefined
  }

  /** The party listens there; another address than before opens the learning anew. `learned`: where it is known to send from already. */
  connect(remote: RemoteMedia, learned?: MediaAddress): void {
    if (this.#final) return
    if (this.#remote && !sameEndpoint(this.#remote, remote)) this.#learned = undefined
    this.#remote = this.#exchange.translate(remote)
    this.#known = learned
    this.#learned = learned ?? this.#learned
    this.#exchange.reconsider(this)
    this.#known = undefined
    for (const [at, one] of this.following.entries()) one.connect(nextPair(remote, at + 1))
    this.#watch()
  }

  /** Nothing is sent to the party nor taken from it, until the next `connect`. */
  disconnect(): void {
    this.#remote = undefined
    this.#learned = undefined
    this.#exchange.reconsider(this)
    for (const one of this.following) one.disconnect()
    this.#watch()
  }

  /** @internal How many pairs of ports its m-line has. */
  get pairs(): number {
    return 1 + this.following.length
  }

  /** @internal DSCP and ECN of what is sent from here on. */
  mark(tos: number): void {
    if (!this.#final) this.#exchange.engine.mark(this.stream, tos)
    for (const one of this.following) one.mark(tos)
  }

  /** What of its RTP goes on from now on. */
  sift(sieve: Sieve): void {
    if (this.#final || sameSieve(sieve, this.#sieve)) return
    this.#sieve = sieve
    this.#exchange.engine.sift(this.stream, VOICE[sieve.voice], sieve.events, sieve.silences ?? [])
    for (const one of this.following) one.sift(sieve)
  }

  /** @internal What the stream had counted before the relay was started anew. */
  countFrom(before: StreamStats): void {
    this.#before = before
  }

  /** @internal All are where they were before the relay was started anew: what the kernel has forwarded meanwhile goes on, and is counted. */
  takeOver(): void {
    const { packets = 0, bytes = 0 } = this.#before ?? {}
    this.#exchange.engine.takeOver(this.stream, packets, bytes)
    for (const one of this.following) one.takeOver()
  }

  /** @internal */
  get held(): boolean {
    return this.#held
  }

  /** Its packets are to pass its own sockets, though its party is a port of this relay: somebody records or plays here. */
  stayApart(apart: boolean): void {
    this.#apart = apart
    this.#exchange.reconsider(this)
  }

  /** @internal Whether packets may come and go without the kernel where the party is a port of this relay. */
  get joinable(): boolean {
    return !this.#apart && this.#final === undefined
  }

  /** On hold nobody expects packets, so silence is not told. */
  hold(held: boolean): void {
    if (held === this.#held) return
    this.#held = held
    this.#watch()
  }

  /** What this party says goes to `to`; to itself makes an echo. */
  joinTo(to: Media | undefined): void {
    if (this.#final) return
    this.to = to
    this.#exchange.engine.join(this.stream, to?.stream)
    if (to) this.#exchange.reconsider(to)
    for (const [at, one] of this.following.entries()) one.joinTo(to === this ? one : to?.following[at])
  }

  /** Whether packets are expected and none came for `silenceMs`; `undefined` when none are expected. */
  silent(now: number): boolean | undefined {
    if (this.#watchedSince === 0) return undefined
    return now - Math.max(this.received.lastPacket, this.#watchedSince) >= this.#options.silenceMs * SLACK
  }

  /** Frees its ports after their rest; the statistics up to now. */
  close(): StreamStats {
    if (this.#final) return this.#final
    this.#final = this.received
    this.#watchedSince = 0
    this.#exchange.part(this)
    this.#exchange.remove(this)
    this.#exchange.engine.close(this.stream)
    for (const one of this.following) one.close()
    return this.#final
  }

  /** @internal */
  learn(source: MediaAddress): void {
    this.#learned = source
  }

  /** @internal Says to the engine what is allowed now. */
  apply(allowed: boolean): void {
    if (!this.#final) this.#tellEngine(allowed)
  }

  /** Without a remote, or in a loop, the socket is deaf: `exact` of an unknown address. */
  #tellEngine(allowed: boolean): void {
    const { engine } = this.#exchange
    const remote = allowed ? this.#remote : undefined
    if (!remote && !this.#told) return
    this.#told = remote !== undefined
    if (!remote) return engine.connect(this.stream, '', 0, '', 0, '', LEARN.exact, 0, 8000, NO_EVENTS, '', 0)
    const rtcpPort = remote.rtcpPort ?? remote.port + 1
    const rtcpAddress = remote.rtcpAddress ?? remote.address
    const flags =
      (rtcpPort === remote.port ? FLAG.mux : 0) |
      (remote.raw ? FLAG.raw : 0) |
      (remote.sources ? FLAG[remote.sources] : 0) |
      (remote.asymmetric ? FLAG.asymmetric : 0) |
      (this.#exchange.maySend(this, remote.address, remote.port) ? FLAG.rtpSendable : 0) |
      (this.#exchange.maySend(this, rtcpAddress, rtcpPort) ? FLAG.rtcpSendable : 0)
    const learn = LEARN[remote.learn ?? this.#options.learn]
    const { address, port, signalling = '', clockRate = 8000, eventType = NO_EVENTS } = remote
    const source = this.#known
    engine.connect(
      this.stream,
      address,
      port,
      rtcpAddress,
      rtcpPort,
      signalling,
      learn,
      flags,
      clockRate,
      eventType,
      source?.address ?? '',
      source?.port ?? 0,
    )
  }

  #watch(): void {
    const { silenceMs } = this.#options
    const expected = silenceMs > 0 && this.#remote !== undefined && !this.#held
    if (!expected && this.#watchedSince === 0) return
    this.#watchedSince = expected ? Date.now() : 0
    this.#exchange.engine.watch(this.stream, expected ? silenceMs : 0)
  }
}

function sameEndpoint(a: RemoteMedia, b: RemoteMedia): boolean {
  return a.address === b.address && a.port === b.port
}

/** RTCP of a later pair is on the port above it, or shares it where the first does. */
function nextPair({ rtcpPort, rtcpAddress, port, ...rest }: RemoteMedia, at: number): RemoteMedia {
  const own = port + 2 * at
  return { ...rest, port: own, ...(rtcpPort === port ? { rtcpPort: own } : {}) }
}

/** No payload type has this number. */
const NO_EVENTS = 255

/** The thread's clock and ours are read a moment apart. */
const SLACK = 0.9

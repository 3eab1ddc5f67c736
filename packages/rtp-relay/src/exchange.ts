/** What all media of one relay share: the engine, who has which port, and which ways between own ports are loops. */
import { type Endpoint, maySendTo } from './address-rules.ts'
import type { Counters } from './counters.ts'
import type { Media, RemoteMedia } from './media.ts'
import type { NativeEngine } from './native-engine.ts'
import { RelayError, translated } from './relay-error.ts'

export interface LocalAddress {
  readonly address: string
  /** In the SDP instead of `address`. */
  readonly advertised: string
}

export class Exchange {
  readonly engine: NativeEngine
  readonly counters: Counters
  readonly #locals: readonly LocalAddress[]
  readonly #own: readonly Endpoint[]
  /** Several where interfaces share a number. */
  readonly #byPort: Map<number, readonly Media[]> = new Map()
  readonly #byStream: Map<number, Media> = new Map()
  closed = false

  constructor(engine: NativeEngine, counters: Counters, locals: readonly LocalAddress[], own: readonly Endpoint[]) {
    this.engine = engine
    this.counters = counters
    this.#locals = locals
    this.#own = own
  }

  /** @throws {RelayError} `ports-exhausted`, `closed`. */
  openStream(
    at: number,
    thread: number,
    wantedPort: number,
  ): { stream: number; generation: number; port: number; bound: string; advertised: string } {
    if (this.closed) throw new RelayError('closed', 'The relay is closed.')
    const [stream, generation, port] = translated(() => this.engine.open(at, thread, wantedPort))
    const { address, advertised } = this.#locals[at]!
    return { stream, generation, port, bound: address, advertised }
  }

  add(media: Media): void {
    this.#byStream.set(media.stream, media)
    this.#byPort.set(media.local.port, [...(this.#byPort.get(media.local.port) ?? []), media])
  }

  remove(media: Media): void {
    const { port } = media.local
    const others = this.#byPort.get(port)?.filter(one => one !== media) ?? []
    this.#byStream.delete(media.stream)
    if (others.length > 0) this.#byPort.set(port, others)
    else this.#byPort.delete(port)
  }

  /** The media an event speaks of, if it is still that one. */
  find(stream: number, generation: number): Media | undefined {
    const media = this.#byStream.get(stream)
    return media?.generation === generation ? media : undefined
  }

  /** Our own ports are reached at their own address, whatever the SDP calls them, and send from nowhere else. */
  translate(remote: RemoteMedia): RemoteMedia {
    const own = this.#at(remote)
    return own ? { ...remote, address: own.bound, learn: 'exact' } : remote
  }

  /** After a change of where `media` is, or who is heard there. */
  reconsider(media: Media): void {
    media.apply(!this.#loops(media))
    const other = this.#at(media.remote)
    if (other && other !== media && other.remote) other.apply(!this.#loops(other))
    this.#pair(media, this.#facing(media))
  }

  /** Packets of `media` and of whoever is its party in another call go through their sockets from now on. */
  part(media: Media): void {
    const { twin } = media
    if (!twin) return
    for (const one of [media, twin]) {
      one.twin = undefined
      this.engine.twin(one.stream, undefined)
    }
  }

  /** A port of ours is sent to only when its call knows us: a stranger's call cannot be named in an SDP. */
  maySend(media: Media, address: string, port: number): boolean {
    if (!maySendTo({ address, port }, media.bound, this.#own)) return false
    const own = this.#having(address, port) ?? this.#having(address, port - 1)
    return own === undefined || this.#at(own.remote) === media
  }

  /** Each is the other's party: what is sent from one comes in at the other, so it need not pass the kernel. */
  #facing(media: Media): Media | undefined {
    const other = this.#at(media.remote)
    if (!other || other === media || this.#at(other.remote) !== media || media.remote?.raw !== other.remote?.raw) return undefined
    return media.joinable && other.joinable && !this.#loops(media) && !this.#loops(other) ? other : undefined
  }

  #pair(media: Media, other: Media | undefined): void {
    if (media.twin === other) return
    this.part(media)
    if (!other) return
    this.part(other)
    if (!this.engine.twin(media.stream, other.stream)) return
    this.engine.twin(other.stream, media.stream)
    media.twin = other
    other.twin = media
  }

  /** Whether what is sent to `media`'s party comes back to be sent to it again. */
  #loops(media: Media): boolean {
    let next = this.#at(media.remote)
    if (!next) return false
    const seen = new Set<Media>()
    while (next && !seen.has(next)) {
      if (next.to === media) return true
      seen.add(next)
      next = this.#at(next.to?.remote)
    }
    return false
  }

  #at(remote: RemoteMedia | undefined): Media | undefined {
    return remote && this.#having(remote.address, remote.port)
  }

  #having(address: string, port: number): Media | undefined {
    return this.#byPort.get(port)?.find(one => one.bound === address || one.local.address === address)
  }
}

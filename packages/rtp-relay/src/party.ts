/** One side of a call at the relay: a phone, a branch, a carrier; with a media for each m-line of its SDP. */
import type { StreamStats } from './counters.ts'
import type { Exchange } from './exchange.ts'
import { type Media, type MediaOptions, OPEN, type Sieve } from './media.ts'
import { openMedia } from './open-media.ts'

/** How a party joins a call. */
export interface PartyOptions {
  /** Name of the local address; the first when not given. */
  readonly interface?: string
  /** How many m-lines. Default 1. */
  readonly media?: number
  /** Whose packets are believed where `connect` does not say: true `any`, false `exact` (see `RemoteMedia.learn`). Default true. */
  readonly learn?: boolean | 'host'
  /** DSCP and ECN of what is sent to the party: the byte of the IP header (RFC 2474 §3). Default 0. */
  readonly tos?: number
  /** Silence of that length is told as an event; 0 never. Default 60,000. */
  readonly silenceMs?: number
}

/** How a party was made, to be made again. */
export type PartySettings = Omit<PartyOptions, 'media'>

export class Party {
  /** Tag of the dialog and Via branch, as NG names a party. */
  readonly tag: string
  #settings: PartySettings
  readonly #exchange: Exchange
  #options: MediaOptions
  readonly #opened: (media: Media) => void
  readonly #media: Media[] = []
  /** Other ports of an m-line, by its index: still heard, while the party may not know of the new ones yet. */
  readonly #spare: Media[][] = []
  #spokenTo: Party | 'itself' | undefined
  readonly #sieves: Sieve[] = []
  #heardBy: readonly Party[] = []

  /** @internal `opened` is told of each media. */
  constructor(exchange: Exchange, tag: string, settings: PartySettings, options: MediaOptions, opened: (media: Media) => void) {
    this.#settings = settings
    this.#exchange = exchange
    this.tag = tag
    this.#options = options
    this.#opened = opened
  }

  /** In the order in which they were opened, which is that of the m= lines. */
  get media(): readonly Media[] {
    return this.#media
  }

  /** @internal How it is to be made again. */
  get settings(): PartySettings {
    return this.#settings
  }

  /** DSCP and ECN of what is sent to the party from now on: the byte of the IP header (RFC 2474 §3). */
  mark(tos: number): void {
    this.#settings = { ...this.#settings, tos }
    this.#options = { ...this.#options, tos }
    for (const media of this.#media) media.mark(tos)
  }

  /** @internal Who hears it. */
  get speaksTo(): Party | 'itself' | undefined {
    return this.#spokenTo
  }

  /** One more m-line, joined as the others are; on that port where one is asked for. @throws {RelayError} `ports-exhausted`. */
  addMedia(port?: number, options: Partial<MediaOptions> = {}): Media {
    const media = openMedia(this.#exchange, { ...this.#options, ...options }, port)
    this.#media.push(media)
    this.#opened(media)
    this.#rejoin()
    for (const other of this.#heardBy) other.#rejoin()
    return media
  }

  /**
   * Other ports for an m-line, on another interface where `options` say so. The old ones stay open, and what comes there goes where it
   * went; `use` brings them back. @throws {RelayError} `ports-exhausted`.
   * @internal
   */
  reopen(index: number, options: Partial<MediaOptions> = {}): Media {
    const media = openMedia(this.#exchange, { ...this.#options, ...options })
    this.#opened(media)
    media.sift(this.#sieves[index] ?? OPEN)
    this.use(index, media)
    const spare = this.#spare[index]!
    if (spare.length > MOST_SPARE) spare.shift()!.close()
    return media
  }

  /** @internal Makes ports of that m-line the ones that are sent from, as they were before a `reopen`. */
  use(index: number, media: Media): void {
    const now = this.#media[index]!
    if (now === media) return
    this.#spare[index] = [...(this.#spare[index] ?? []).filter(one => one !== media), now]
    this.#media[index] = media
    if (now.remote) media.connect(now.remote, now.learned)
    this.#rejoin()
    for (const other of this.#heardBy) other.#rejoin()
  }

  /** The party hears itself. RTCP is not sent back: its reports would speak of itself as of a stranger. */
  echo(): void {
    this.#leave()
    this.#spokenTo = 'itself'
    this.#rejoin()
  }

  /** @internal What this party says goes to `to`, m-line by m-line. */
  speakTo(to: Party | undefined): void {
    if (this.#spokenTo === to) return
    this.#leave()
    this.#spokenTo = to
    if (to) to.#heardBy = [...to.#heardBy, this]
    this.#rejoin()
  }

  /** What of an m-line's RTP goes on from now on, of all its ports. */
  sift(index: number, sieve: Sieve): void {
    this.#sieves[index] = sieve
    for (const media of [this.#media[index], ...(this.#spare[index] ?? [])]) media?.sift(sieve)
  }

  /** Whether media are expected of it and none of them has brought a packet for `silenceMs`. */
  silent(now: number): boolean | undefined {
    const asked = this.#media.map(media => media.silent(now)).filter(silent => silent !== undefined)
    return asked.length === 0 ? undefined : asked.every(silent => silent)
  }

  /** Closes the sockets; counters per media as they were. */
  close(): readonly StreamStats[] {
    this.#leave()
    for (const other of this.#heardBy) other.speakTo(undefined)
    for (const spare of this.#spare.flat()) spare?.close()
    return this.#media.map(media => media.close())
  }

  #leave(): void {
    const to = this.#spokenTo
    if (to instanceof Party) to.#heardBy = to.#heardBy.filter(one => one !== this)
    this.#spokenTo = undefined
  }

  #rejoin(): void {
    for (const [index, media] of this.#media.entries()) {
      const to = this.#spokenTo === 'itself' ? media : this.#spokenTo?.media[index]
      for (const one of [media, ...(this.#spare[index] ?? [])]) if (one.to !== to) one.joinTo(to)
    }
  }
}

/** A phone that moves more often has long been told of the newer ports. */
const MOST_SPARE = 3

/**
 * Places outside that do not answer, or have asked for a pause: others are tried before them, for a while. RFC 3263 §4.3, RFC 3261 §21.5.4.
 * Bounded; who is forgotten is tried as if nothing were known.
 */
import type { Hop, Millis } from '@strowger/sip-transaction'

/** `silent`: no answer, or nobody there. `refuses`: 503 with Retry-After. */
export type HostTrouble = 'silent' | 'refuses'

/** What one worker has learned, for the others. `forMs`: 0 when it is well again. */
export interface HostNews {
  readonly place: string
  readonly trouble: HostTrouble
  readonly forMs: Millis
}

interface Known {
  readonly trouble: HostTrouble
  until: Millis
}

export class KnownHosts {
  readonly #known = new Map<string, Known>()

  get size(): number {
    return this.#known.size
  }

  /** What is wrong there now. When the time is over it is nothing, until it fails again. */
  troubleAt(place: string, now: Millis): HostTrouble | undefined {
    const known = this.#known.get(place)
    return known !== undefined && known.until > now ? known.trouble : undefined
  }

  /** No answer, nobody there: avoided for {@link SILENT_MS}. Returns what others should know, the first time. */
  failed(place: string, now: Millis): HostNews | undefined {
    return this.#note({ place, trouble: 'silent', forMs: SILENT_MS }, now)
  }

  /** 503: avoided as long as it says, at most {@link MOST_PAUSE_MS}; without Retry-After it speaks of one request only. */
  refused(place: string, retryAfterSeconds: number | undefined, now: Millis): HostNews | undefined {
    if (retryAfterSeconds === undefined || retryAfterSeconds <= 0) return undefined
    return this.#note({ place, trouble: 'refuses', forMs: Math.min(retryAfterSeconds * 1000, MOST_PAUSE_MS) }, now)
  }

  /** It has answered. */
  heard(place: string): HostNews | undefined {
    const known = this.#known.get(place)
    if (known === undefined) return undefined
    this.#known.delete(place)
    return { place, trouble: known.trouble, forMs: 0 }
  }

  /** Something goes there. Where the time is over one request finds out how it is; until it knows the others still go elsewhere. */
  tried(place: string, now: Millis): void {
    const known = this.#known.get(place)
    if (known !== undefined && known.until <= now) known.until = now + PROBE_MS
  }

  /** From another worker. */
  learn(news: HostNews, now: Millis): void {
    if (news.forMs > 0) this.#note(news, now)
    else this.#known.delete(news.place)
  }

  #note(news: HostNews, now: Millis): HostNews | undefined {
    const { place, trouble, forMs } = news
    const isKnown = this.troubleAt(place, now) === trouble
    this.#known.delete(place)
    const oldest = this.#known.size >= MOST_KNOWN ? this.#known.keys().next().value : undefined
    if (oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(place, { trouble, until: now + forMs })
    return isKnown ? undefined : news
  }
}

/** `UDP 192.0.2.1 5060`: one transport may answer where another does not. */
export function placeAt({ transport, remote: { address, port } }: Hop): string {
  return `${transport} ${address} ${port}`
}

/** How long who is silent is passed over. */
export const SILENT_MS: Millis = 30_000
/** A host must not shut itself out for a day by a slip. */
export const MOST_PAUSE_MS: Millis = 300_000
/** As long as a try takes at most before the next server is tried. */
const PROBE_MS: Millis = 8000
const MOST_KNOWN = 1000

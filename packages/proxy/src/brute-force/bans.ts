/**
 * Who has guessed passwords too often: pairs of a user and a source address. The user is served elsewhere meanwhile, and others are from there.
 * RFC 3261 §26.1.1, RFC 7616 §5.7.
 *
 * After {@link BanOptions.tries} wrong passwords a pair is barred for {@link BanOptions.banMs}; then a fifth of the tries is left until the next
 * time. The right password makes all forgotten. Both lists are bounded, whoever tries names that are not there.
 */

export interface BanOptions {
  /** Wrong passwords until a pair is barred; 0: never. */
  readonly tries: number
  /** For how long, ms; wrong passwords that are older do not count. */
  readonly banMs: number
  /** Pairs in each list. Default 10 000. */
  readonly most?: number
  /** Once for each that is barred. */
  readonly onBan?: (ban: Ban) => void
}

export interface Ban {
  /** `username@domain`, whether there is such a user or not. */
  readonly user: string
  /** An IP address. */
  readonly source: string
  /** Milliseconds since 1970. */
  readonly until: number
}

export class Bans {
  readonly #options: Required<Omit<BanOptions, 'onBan'>> & Pick<BanOptions, 'onBan'>
  readonly #banned = new Map<string, Ban>()
  /** Wrong passwords by pair, in two generations: the old one is forgotten whole. */
  #young = new Map<string, number>()
  #old = new Map<string, number>()
  #agedAt = Number.NEGATIVE_INFINITY

  constructor(options: BanOptions) {
    this.#options = { most: 10_000, ...options }
  }

  /** Whether nothing of this user is taken from there. Times are milliseconds since 1970. */
  bars(user: string, source: string, wall: number): boolean {
    if (this.#banned.size === 0) return false
    const key = keyOf(user, source)
    const ban = this.#banned.get(key)
    if (ban === undefined) return false
    if (wall < ban.until) return true
    this.#banned.delete(key)
    this.#young.set(key, Math.floor(this.#options.tries * LEFT_AFTER))
    return false
  }

  /** A wrong password, or a user there is not. */
  failed(user: string, source: string, wall: number): void {
    const { tries, banMs, most, onBan } = this.#options
    if (tries === 0 || this.bars(user, source, wall)) return
    this.#age(wall)
    const key = keyOf(user, source)
    const count = (this.#young.get(key) ?? this.#old.get(key) ?? 0) + 1
    if (count < tries) {
      this.#young.set(key, count)
      return
    }
    this.#forget(key)
    const oldest = this.#banned.size >= most ? this.#banned.keys().next().value : undefined
    if (oldest !== undefined) this.#banned.delete(oldest)
    const ban = { user: user.slice(0, LONGEST), source, until: wall + banMs }
    this.#banned.set(key, ban)
    onBan?.(ban)
  }

  /** The right password. */
  passed(user: string, source: string): void {
    if (this.#young.size + this.#old.size > 0) this.#forget(keyOf(user, source))
  }

  /** Lets a user in again, from one place or from all, and counts anew. Returns how many were barred. */
  lift(user: string, source?: string): number {
    let lifted = 0
    for (const [key, ban] of this.#banned) {
      if (ban.user !== user.slice(0, LONGEST) || (source !== undefined && ban.source !== source)) continue
      this.#banned.delete(key)
      lifted++
    }
    return lifted
  }

  /** Those barred at `wall`, the oldest first. */
  list(wall: number): readonly Ban[] {
    return [...this.#banned.values()].filter(({ until }) => wall < until)
  }

  #forget(key: string): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }

  #age(wall: number): void {
    const { most, banMs } = this.#options
    if (this.#young.size < most / 2 && wall - this.#agedAt < banMs) return
    this.#old = this.#young
    this.#young = new Map()
    this.#agedAt = wall
  }
}

function keyOf(user: string, source: string): string {
  return `${source} ${user.slice(0, LONGEST)}`
}

/** Of the tries, those that count after a ban. */
const LEFT_AFTER = 0.8
/** Characters of a user: longer ones that begin alike are one. */
const LONGEST = 128

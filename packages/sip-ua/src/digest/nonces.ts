/** Makes and checks nonces, of which it need remember none that was not used. RFC 7616 §3.3, §3.4.5, §5.4. */
import { MOST_WINDOW, NonceCounts } from './nonce-counts.ts'
import { sameText } from './same-text.ts'

/**
 * A nonce says who made it and when, and is signed: `issuer.time.number.signature`. But for the last few thousand texts, only those that
 * were answered with the right password take memory: the highest count of each, and a few below it with `window` (RFC 7616 §3.4.5).
 * What falls out of memory is `stale`, never good again.
 */
export class Nonces {
  readonly #options: Required<NoncesOptions>
  readonly #counts: NonceCounts
  /** The last ones made, by number: most are answered at once, and what stands here need not be signed again to be known. */
  readonly #last: (Issued | undefined)[] = new Array<Issued | undefined>(KEPT).fill(undefined)
  #number = 0
  /** The millisecond of the last one, as it is written. */
  #made = Number.NaN
  #madeText = ''

  constructor(options: NoncesOptions) {
    if (!/^[\w-]+$/.test(options.issuer)) throw new TypeError(`Nonce issuer "${options.issuer}" must be letters, digits, "_" or "-"`)
    const { window = 1 } = options
    if (!Number.isInteger(window) || window < 1 || window > MOST_WINDOW)
      throw new TypeError(`A nonce window is 1 to ${MOST_WINDOW}, not ${window}`)
    this.#options = { lifetimeMs: 300_000, capacity: 100_000, ...options, window }
    this.#counts = new NonceCounts(this.#options)
  }

  /** `now` in milliseconds of one clock, the same for `check`. `scope` (a tenant, an address) must come back the same. */
  issue(now: number, scope = ''): string {
    const made = Math.floor(now)
    if (made !== this.#made) {
      this.#made = made
      this.#madeText = made.toString(36)
    }
    this.#number += 1
    const nonce = this.#signed(`${this.#options.issuer}.${this.#madeText}.${this.#number}`, scope)
    this.#last[this.#number % KEPT] = { nonce, scope, made, number: this.#number }
    return nonce
  }

  /** Uses up `nc` of this nonce. `nc` is `undefined` from a client without qop: then the nonce serves once. */
  check(nonce: string, nc: number | undefined, now: number, scope = ''): NonceState {
    const ours = this.#found(nonce, scope)
    if (ours === undefined) return 'foreign'
    const { made, number } = ours
    const age = now - made
    if (age > this.#options.lifetimeMs || age < -CLOCK_STEP_MS) return 'stale'
    return this.#counts.use(number, made, nc, now)
  }

  /** Nonces in memory, for a gauge. */
  get remembered(): number {
    return this.#counts.size
  }

  #signed(text: string, scope: string): string {
    return `${text}.${this.#options.sign(scope === '' ? text : `${text} ${scope}`)}`
  }

  /** When we made it, for this scope; `undefined` where we did not. */
  #found(nonce: string, scope: string): Pick<Issued, 'made' | 'number'> | undefined {
    const time = nonce.indexOf('.') + 1
    const count = nonce.indexOf('.', time) + 1
    const end = nonce.indexOf('.', count)
    if (time === 0 || count === 0 || end < 0) return undefined
    const number = Number.parseInt(nonce.slice(count, end), 10)
    const last = this.#last[number % KEPT]
    if (last !== undefined && last.number === number && last.scope === scope && sameText(last.nonce, nonce)) return last
    const { issuer } = this.#options
    if (nonce.slice(0, time - 1) !== issuer || !sameText(this.#signed(nonce.slice(0, end), scope), nonce)) return undefined
    return { made: Number.parseInt(nonce.slice(time, count - 1), 36), number }
  }
}

interface Issued {
  readonly nonce: string
  readonly scope: string
  readonly made: number
  readonly number: number
}

/**
 * What a nonce is worth, with the count that came along. RFC 7616 §3.4.5.
 *
 * - `ok`: ours, young, and this count is new.
 * - `stale`: ours, but too old, or so old that its counts were forgotten.
 * - `foreign`: made by another process, for another scope, or made up.
 * - `replayed`: this count was used, or lies below the window.
 */
export type NonceState = 'ok' | 'stale' | 'foreign' | 'replayed'

/** Who makes the nonces, and how long and how many are remembered. RFC 7616 §3.3, §5.4. */
export interface NoncesOptions {
  /** Names the process, without dots. Counts live in its memory only, so a fresh one per start. */
  readonly issuer: string
  /** Keyed hash as a token of at least 64 bits, `nodeSign` in `/node`. The key never leaves the process; it need not outlive it. */
  readonly sign: (text: string) => string
  /** Milliseconds a nonce may be used. Default 300 000. */
  readonly lifetimeMs?: number
  /** Nonces whose counts are remembered; the oldest goes first. Some 100 bytes each. Default 100 000. */
  readonly capacity?: number
  /**
   * How far a count may lie below the highest one, 1 to 32. Default 1: counts only rise, and a request that was overtaken is challenged with
   * `stale` (RFC 7616 §3.4). More lets datagrams overtake each other; each count is still good once.
   */
  readonly window?: number
}

/** A clock may be set back this far before our own nonces look made in the future. */
const CLOCK_STEP_MS = 5000
/** A second of a busy registrar. */
const KEPT = 4096

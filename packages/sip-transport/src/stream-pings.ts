/** Tells on one stream the pongs that answer our pings from the pings of the peer: both are made of CRLFs. RFC 5626 §3.5.1, §4.4.1. */
import type { KeepAlive } from '@strowger/sip-parser'

export class StreamPings {
  /** When our ping left; at most one is out, so that two CRLFs are never two pongs. */
  #sentAt: number | undefined
  /** A CRLF came that answers nothing: perhaps the first half of a ping. */
  #half = false
  /** The parser took the last CRLF for a pong, and will call the next one a ping. */
  #parserHalf = false

  /** Whether a ping is to leave at `now`: not while one is unanswered. */
  send(now: number): boolean {
    if (this.#sentAt !== undefined) return false
    this.#sentAt = now
    return true
  }

  /** For how long, in ms, our ping has been without its pong; 0 when none is out. */
  unansweredMs(now: number): number {
    return this.#sentAt === undefined ? 0 : now - this.#sentAt
  }

  /** Whether what the parser found is a ping of the peer, to be answered. A lone CRLF while our ping is unanswered is its pong. */
  isPing({ kind }: KeepAlive): boolean {
    const isDouble = kind === 'ping' && !this.#parserHalf
    this.#parserHalf = kind === 'pong'
    if (isDouble) return true
    if (this.#sentAt !== undefined) {
      this.#sentAt = undefined
      return false
    }
    this.#half = !this.#half
    return !this.#half
  }

  /** A message came: a CRLF before it was no half of a ping. RFC 3261 §7.5. */
  message(): void {
    this.#half = false
    this.#parserHalf = false
  }
}

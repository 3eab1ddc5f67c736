/** For how long the kernel's queue of datagrams has not been empty, from nothing but how many each read brought. RFC 6357 §4. */

/** A read that brought all that fits leaves more behind; one that did not has emptied the queue. */
export class StandingQueue {
  #since: number | undefined
  #last = 0

  read(now: number, isFull: boolean): void {
    this.#since = isFull ? (this.#since ?? now) : undefined
    this.#last = now
  }

  /** Ms; the datagrams of the last read have waited about so long, or less. */
  get standingMs(): number {
    return this.#since === undefined ? 0 : this.#last - this.#since
  }
}

/** Which call of the platform a SIP Call-ID belongs to: the last some ten thousand, for whoever looks on at messages. RFC 3261 §20.8. */

/** Two generations: when the young one is full, the old one is forgotten whole. */
export class CallNames {
  readonly #most: number
  #young = new Map<string, string>()
  #old = new Map<string, string>()

  constructor(most: number = 16_384) {
    this.#most = most
  }

  name(sipCallId: string, call: string): void {
    if (this.#young.size >= this.#most) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(sipCallId, call)
  }

  of(sipCallId: string): string | undefined {
    return this.#young.get(sipCallId) ?? this.#old.get(sipCallId)
  }

  /** At most twice what it was made for. */
  get size(): number {
    return this.#young.size + this.#old.size
  }
}

/** A number from 0 to 1 for each call, the same for all its messages and for some seconds: who is below the admitted part is served. RFC 3261 §20.8. */

/** Keyed, so that nobody can choose a Call-ID that is always served; keyed anew now and then, so that no phone is always refused. */
export class CallShare {
  readonly #random: () => number
  #key = 0
  #until = Number.NEGATIVE_INFINITY

  constructor(random: () => number) {
    this.#random = random
  }

  of(callId: string, now: number): number {
    if (now >= this.#until) {
      this.#until = now + KEY_MS
      this.#key = Math.floor(this.#random() * 2 ** 32)
    }
    return mixed(hashOf(callId, this.#key)) / 2 ** 32
  }
}

/** FNV-1a over the characters. */
function hashOf(text: string, key: number): number {
  let hash = (0x811c9dc5 ^ key) | 0
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

/** Spreads what FNV leaves in the low bits over all of them. */
function mixed(hash: number): number {
  let bits = hash
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

const KEY_MS = 8000

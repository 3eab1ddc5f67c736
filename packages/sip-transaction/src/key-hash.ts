/** Keyed 64-bit hash of a transaction key (HalfSipHash-1-3), fed piece by piece. A peer who does not know the key cannot aim collisions. */

export class KeyHash {
  /** The result, after {@link end}: two numbers of 32 bits with sign. */
  lo = 0
  hi = 0
  #key0: number
  #key1: number
  #v0 = 0
  #v1 = 0
  #v2 = 0
  #v3 = 0
  #length = 0

  /** `secret`: at least 64 random bits as text. */
  constructor(secret: string) {
    this.#key0 = 0x9e3779b9 | 0
    this.#key1 = 0x85ebca6b | 0
    this.start().text(secret).end()
    this.#key0 = this.lo
    this.#key1 = this.hi
  }

  /** What the secret came to. */
  get key(): readonly [number, number] {
    return [this.#key0, this.#key1]
  }

  /** Goes on with the {@link key} of another hash. */
  use([key0, key1]: readonly [number, number]): void {
    this.#key0 = key0
    this.#key1 = key1
  }

  start(): this {
    this.#v0 = this.#key0
    this.#v1 = this.#key1 ^ 0xee
    this.#v2 = this.#key0 ^ 0x6c796765
    this.#v3 = this.#key1 ^ 0x74656462
    this.#length = 0
    return this
  }

  /**
   * `text` from its character `from` on. Its length goes in as well, so `ab` + `c` and `a` + `bc` differ. Four characters a word; where one is
   * wide, all of them once more by themselves.
   */
  text(text: string, from = 0): this {
    const { length } = text
    this.#word(length - from)
    let v0 = this.#v0
    let v1 = this.#v1
    let v2 = this.#v2
    let v3 = this.#v3
    let seen = 0
    for (let i = from; i < length; i += 4) {
      const a = text.charCodeAt(i)
      const b = i + 1 < length ? text.charCodeAt(i + 1) : 0
      const c = i + 2 < length ? text.charCodeAt(i + 2) : 0
      const d = i + 3 < length ? text.charCodeAt(i + 3) : 0
      seen |= a | b | c | d
      const word = a | (b << 8) | (c << 16) | (d << 24)
      v3 ^= word
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
      v0 ^= word
    }
    this.#v0 = v0
    this.#v1 = v1
    this.#v2 = v2
    this.#v3 = v3
    this.#length += (length - from + 3) >> 2
    return seen > 0xff ? this.#wide(text, from) : this
  }

  /** What {@link text} would make of these bytes, each one character. */
  bytes(bytes: Uint8Array, from: number, end: number): this {
    this.#word(end - from)
    let v0 = this.#v0
    let v1 = this.#v1
    let v2 = this.#v2
    let v3 = this.#v3
    for (let i = from; i < end; i += 4) {
      let word = bytes[i]!
      if (i + 1 < end) word |= bytes[i + 1]! << 8
      if (i + 2 < end) word |= bytes[i + 2]! << 16
      if (i + 3 < end) word |= bytes[i + 3]! << 24
      v3 ^= word
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
      v0 ^= word
    }
    this.#v0 = v0
    this.#v1 = v1
    this.#v2 = v2
    this.#v3 = v3
    this.#length += (end - from + 3) >> 2
    return this
  }

  #wide(text: string, from: number): this {
    for (let i = from; i < text.length; i++) this.#word(text.charCodeAt(i))
    return this
  }

  number(value: number): this {
    this.#word(value | 0)
    return this
  }

  end(): void {
    this.#word(this.#length << 24)
    this.#v2 ^= 0xee
    this.#round()
    this.#round()
    this.#round()
    this.lo = this.#v1 ^ this.#v3
    this.#v1 ^= 0xdd
    this.#round()
    this.#round()
    this.#round()
    this.hi = this.#v1 ^ this.#v3
  }

  #word(word: number): void {
    this.#length++
    this.#v3 ^= word
    this.#round()
    this.#v0 ^= word
  }

  #round(): void {
    let v0 = this.#v0
    let v1 = this.#v1
    let v2 = this.#v2
    let v3 = this.#v3
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    this.#v0 = v0
    this.#v1 = v1
    this.#v2 = v2
    this.#v3 = v3
  }
}

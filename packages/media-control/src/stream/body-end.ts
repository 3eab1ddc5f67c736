/** Finds where a bencode or JSON body ends, byte by byte; what is inside is not its matter. RFC 8259 §2. */

/** A body is a dictionary: it ends with the one that its first byte begins. */
export class BodyEnd {
  #state: 'first' | 'json' | 'text' | 'escape' | 'value' | 'integer' | 'length' | 'bytes' = 'first'
  #depth = 0
  #number = 0

  /** Takes one byte more. */
  push(byte: number): 'more' | 'end' | 'malformed' {
    switch (this.#state) {
      case 'first':
        return this.#first(byte)
      case 'json':
        return this.#json(byte)
      case 'text':
        if (byte === BACKSLASH) this.#state = 'escape'
        if (byte === QUOTE) this.#state = 'json'
        return 'more'
      case 'escape':
        this.#state = 'text'
        return 'more'
      case 'bytes':
        if (--this.#number === 0) this.#state = 'value'
        return 'more'
      case 'integer':
        if (byte === END) this.#state = 'value'
        return byte === END || byte === MINUS || isDigit(byte) ? 'more' : 'malformed'
      case 'length':
        return this.#length(byte)
      case 'value':
        return this.#value(byte)
    }
  }

  #first(byte: number): 'more' | 'malformed' {
    this.#depth = 1
    if (byte === BRACE) this.#state = 'json'
    else if (byte === DICT) this.#state = 'value'
    else return 'malformed'
    return 'more'
  }

  #json(byte: number): 'more' | 'end' {
    if (byte === QUOTE) this.#state = 'text'
    if (byte === BRACE || byte === BRACKET) this.#depth += 1
    if (byte === BRACE_END || byte === BRACKET_END) this.#depth -= 1
    return this.#depth === 0 ? 'end' : 'more'
  }

  #value(byte: number): 'more' | 'end' | 'malformed' {
    if (byte === END) {
      this.#depth -= 1
      return this.#depth === 0 ? 'end' : 'more'
    }
    if (byte === DICT || byte === LIST) this.#depth += 1
    else if (byte === INTEGER) this.#state = 'integer'
    else if (isDigit(byte)) {
      this.#state = 'length'
      this.#number = byte - ZERO
    } else return 'malformed'
    return 'more'
  }

  #length(byte: number): 'more' | 'malformed' {
    if (byte === COLON) {
      this.#state = this.#number === 0 ? 'value' : 'bytes'
      return 'more'
    }
    this.#number = this.#number * 10 + byte - ZERO
    return isDigit(byte) && this.#number <= MOST_BYTES ? 'more' : 'malformed'
  }
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE
}

/** More than any message may have. */
const MOST_BYTES = 2 ** 24
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const MINUS = 0x2d
const QUOTE = 0x22
const BACKSLASH = 0x5c
const BRACE = 0x7b
const BRACE_END = 0x7d
const BRACKET = 0x5b
const BRACKET_END = 0x5d
const DICT = 0x64
const END = 0x65
const INTEGER = 0x69
const LIST = 0x6c

/** Cuts a stream of NG messages into datagrams: a cookie, a space, and a body that says itself where it ends. No byte is looked at twice. */
import { BodyEnd } from './body-end.ts'

/** What a message of a stream may measure. */
/** Bounds of a stream of NG messages. */
export interface NgFramesOptions {
  /** Bytes of a message, the cookie's included. Default 65507, as in a datagram. */
  readonly maxBytes?: number
}

/** Call `push` with what arrives; after a fault the stream has lost its place and must be closed. */
export class NgFrames {
  readonly #maxBytes: number
  #parts: Uint8Array[] = []
  #held = 0
  #cookieBytes = 0
  #body: BodyEnd | undefined
  #fault: 'too-large' | 'malformed' | undefined

  constructor({ maxBytes = MAX_BYTES }: NgFramesOptions = {}) {
    this.#maxBytes = maxBytes
  }

  /** Why the stream cannot be read on. */
  get fault(): 'too-large' | 'malformed' | undefined {
    return this.#fault
  }

  /** Whether a message has begun that has not ended. */
  get waiting(): boolean {
    return this.#held > 0
  }

  /** The messages that are complete now. Never throws. */
  push(chunk: Uint8Array): Uint8Array[] {
    const complete: Uint8Array[] = []
    let from = 0
    for (let at = 0; at < chunk.length && this.#fault === undefined; at++) {
      const byte = chunk[at]!
      if (this.#held === 0 && at === from && isBlank(byte)) {
        from = at + 1
        continue
      }
      if (!this.#take(byte)) continue
      complete.push(this.#cut(chunk.subarray(from, at + 1)))
      from = at + 1
    }
    if (this.#fault === undefined && from < chunk.length) this.#keep(chunk.slice(from))
    return complete
  }

  /** Whether the message ends with this byte. */
  #take(byte: number): boolean {
    if (this.#body) {
      const what = this.#body.push(byte)
      if (what === 'malformed') this.#fault = 'malformed'
      return what === 'end'
    }
    if (byte === SPACE) {
      this.#body = new BodyEnd()
      if (this.#cookieBytes === 0) this.#fault = 'malformed'
    } else if (++this.#cookieBytes > MAX_COOKIE || byte < SPACE || byte > TILDE) this.#fault = 'malformed'
    return false
  }

  #cut(last: Uint8Array): Uint8Array {
    this.#keep(last)
    const out = new Uint8Array(this.#held)
    let at = 0
    for (const part of this.#parts) {
      out.set(part, at)
      at += part.length
    }
    this.#parts = []
    this.#held = 0
    this.#cookieBytes = 0
    this.#body = undefined
    return out
  }

  #keep(part: Uint8Array): void {
    this.#parts.push(part)
    this.#held += part.length
    if (this.#held > this.#maxBytes) this.#fault = 'too-large'
  }
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d
}

const MAX_BYTES = 65_507
const MAX_COOKIE = 128
const SPACE = 0x20
const TILDE = 0x7e

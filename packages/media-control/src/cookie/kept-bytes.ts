/** Bytes that are kept for some seconds, the oldest let go first: in large pieces, for as texts the collector would copy each by itself, and look at it again and again. */
import { writeBytes } from '../bytes.ts'

/** Where they are: from `from` to before `to`. */
export interface Span {
  readonly piece: Uint8Array
  readonly from: number
  readonly to: number
}

/** Writes texts one behind the other; a piece is gone when no span is in it any more. */
export class KeptBytes {
  #piece: Uint8Array = new Uint8Array(0)
  #used = 0

  /** `text` has one character per byte. */
  keep(text: string): Span {
    if (this.#used + text.length > this.#piece.length) {
      this.#piece = new Uint8Array(Math.max(PIECE, text.length))
      this.#used = 0
    }
    const from = this.#used
    this.#used += text.length
    writeBytes(text, this.#piece, from)
    return { piece: this.#piece, from, to: this.#used }
  }
}

/** Nothing changes them any more. */
export function bytesIn({ piece, from, to }: Span): Uint8Array {
  return piece.subarray(from, to)
}

const PIECE = 2 ** 18

/** Bytes of a message up to the end of its header, and text cut from them. RFC 3261 §7. */
import { latin1, utf8 } from './text.ts'

/** The text of all bytes is made once, each byte one character, and sliced; only what is not ASCII is decoded as UTF-8. */
export class Source {
  readonly bytes: Uint8Array
  readonly end: number
  /** Whether all bytes are known to be ASCII; when not, each piece is looked at. */
  readonly ascii: boolean
  private whole: string | undefined

  /** `whole`: bytes from the first on, each as one character, where the caller has them already. */
  constructor(bytes: Uint8Array, end: number, ascii: boolean, whole?: string) {
    this.bytes = bytes
    this.end = end
    this.ascii = ascii
    this.whole = whole !== undefined && whole.length >= end ? whole : undefined
  }

  text(start: number, end: number): string {
    if (!this.ascii && !isAscii(this.bytes, start, end)) return utf8(this.bytes, start, end)
    return this.asciiText(start, end)
  }

  /** Each byte one character: all up to `end`, perhaps more. */
  get latin1(): string {
    this.whole ??= latin1(this.bytes, 0, this.end)
    return this.whole
  }

  /** Whether there is a comma between; needs no text. */
  hasComma(start: number, end: number): boolean {
    const { bytes } = this
    for (let i = start; i < end; i++) if (bytes[i] === COMMA) return true
    return false
  }

  /** As {@link text}, for bytes that the caller knows to be ASCII. */
  asciiText(start: number, end: number): string {
    return this.latin1.substring(start, end)
  }
}

const COMMA = 44

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let bits = 0
  for (let i = start; i < end; i++) bits |= bytes[i]!
  return bits < 0x80
}

/** Bytes of a message up to the end of its header, and text cut from them. RFC 3261 §7. */
import { latin1, utf8 } from './text.ts'

/** The text of an all-ASCII header is made once and sliced; any other is decoded as UTF-8 where asked. */
export class Source {
  readonly bytes: Uint8Array
  readonly end: number
  readonly ascii: boolean
  private whole: string | undefined = undefined

  constructor(bytes: Uint8Array, end: number, ascii: boolean) {
    this.bytes = bytes
    this.end = end
    this.ascii = ascii
  }

  text(start: number, end: number): string {
    if (!this.ascii) return utf8(this.bytes, start, end)
    this.whole ??= latin1(this.bytes, 0, this.end)
    return this.whole.substring(start, end)
  }
}

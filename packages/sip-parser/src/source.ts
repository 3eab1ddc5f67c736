/** Bytes of a header section, and text cut from them. RFC 3261 §7. */
import { latin1, utf8 } from './text.ts'

/** The text of an all-ASCII section is made once and sliced; any other is decoded as UTF-8 where asked. */
export class Source {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  readonly ascii: boolean
  private whole: string | undefined = undefined

  constructor(bytes: Uint8Array, start: number, end: number, ascii: boolean) {
    this.bytes = bytes
    this.start = start
    this.end = end
    this.ascii = ascii
  }

  text(start: number, end: number): string {
    if (!this.ascii) return utf8(this.bytes, start, end)
    this.whole ??= latin1(this.bytes, this.start, this.end)
    return this.whole.substring(start - this.start, end - this.start)
  }
}

/** Reads one header value out of text, as it is found in a URI or a body. RFC 3261 §19.1.1. */
import { ByteCursor } from '../byte-cursor.ts'
import type { HeaderDef } from '../header-def.ts'
import { Source } from '../source.ts'
import { utf8Bytes } from '../text.ts'

/**
 * The value that `text` is, as `parseValue(Replaces, referTo.uri.headers.get('replaces'))`; `undefined` when it does not match, holds
 * a line end, or there is no text. One value: of a list, an element.
 */
export function parseValue<T>(def: HeaderDef<T>, text: string | undefined): T | undefined {
  if (text === undefined || LINE_END.test(text)) return undefined
  const bytes = utf8Bytes(text.trim())
  const cursor = new ByteCursor(new Source(bytes, bytes.length, bytes.every(isAscii)), 0, bytes.length)
  const value = def.decode(cursor)
  return cursor.ended ? value : undefined
}

const isAscii = (byte: number): boolean => byte < 0x80
const LINE_END = /[\r\n]/

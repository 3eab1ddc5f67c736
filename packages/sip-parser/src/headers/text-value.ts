/** Free text that is the whole value: TEXT-UTF8-TRIM. RFC 3261 §25.1. */
import type { Cursor } from '../header-def.ts'

export function decodeText(at: Cursor): string | undefined {
  const text = at.rest()
  return at.ended && isText(text) ? text : undefined
}

/** Throws a TypeError for line ends, other control characters, and blanks at either end, which no reader would see. */
export function encodeText(text: string): string {
  if (!isText(text) || isBlank(text.charCodeAt(0)) || isBlank(text.charCodeAt(text.length - 1)))
    throw new TypeError(`Text without control characters, and without blanks at its ends, is wanted, not ${JSON.stringify(text)}`)
  return text
}

function isText(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if ((code < 32 && code !== TAB) || code === DELETE) return false
  }
  return true
}

const isBlank = (code: number): boolean => code === TAB || code === SP

const TAB = 9
const SP = 32
const DELETE = 127

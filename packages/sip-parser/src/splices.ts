/** Replacements on a byte array, in order, written out in one go. RFC 3261 §16.6. */
import { writeUtf8 } from './text.ts'

/** Bytes from `at` to `until` give way to `text`, `bytes` long as UTF-8. */
export interface Splice {
  /** The header it edits: id, or name where there is no id. */
  readonly key: number | string
  readonly at: number
  readonly until: number
  readonly text: string
  readonly bytes: number
}

/** Puts `splice` among `splices`, sorted by place: before or after the ones at the same place. */
export function insertSplice(splices: Splice[], splice: Splice, before: boolean): void {
  let i = splices.length
  splices.push(splice)
  for (; i > 0; i--) {
    const earlier = splices[i - 1]!
    if (before ? earlier.at < splice.at : earlier.at <= splice.at) break
    splices[i] = earlier
  }
  splices[i] = splice
}

/** Takes `splice` out again. */
export function removeSplice(splices: Splice[], splice: Splice): void {
  const last = splices.length - 1
  for (let i = splices.indexOf(splice); i < last; i++) splices[i] = splices[i + 1]!
  splices.pop()
}

/** Where the bytes behind all `splices` start: not always behind the last of them, which may stand where a line before it is taken out. */
export function lastTouched(splices: readonly Splice[]): number {
  let end = 0
  for (let i = 0; i < splices.length; i++) if (splices[i]!.until > end) end = splices[i]!.until
  return end
}

/** How many bytes `splices` add. */
export function growth(splices: readonly Splice[]): number {
  let bytes = 0
  for (let i = 0; i < splices.length; i++) {
    const splice = splices[i]!
    bytes += splice.bytes - (splice.until - splice.at)
  }
  return bytes
}

/** Whether all texts are ASCII. */
export function areAscii(splices: readonly Splice[]): boolean {
  for (let i = 0; i < splices.length; i++) if (splices[i]!.bytes !== splices[i]!.text.length) return false
  return true
}

/** `text` up to `end` with `splices` applied. */
export function splicedText(text: string, end: number, splices: readonly Splice[]): string {
  let from = 0
  let written = ''
  for (let i = 0; i < splices.length; i++) {
    const splice = splices[i]!
    if (splice.at > from) {
      written += text.substring(from, splice.at)
      from = splice.at
    }
    written += splice.text
    if (splice.until > from) from = splice.until
  }
  return written + text.substring(from, end)
}

/** Writes `base` up to `end` with `splices` applied to the start of `out`, and returns where that ended. */
export function writeSpliced(base: Uint8Array, end: number, splices: readonly Splice[], out: Uint8Array): number {
  let from = 0
  let to = 0
  for (let i = 0; i < splices.length; i++) {
    const splice = splices[i]!
    if (splice.at > from) {
      to = copy(base, from, splice.at, out, to)
      from = splice.at
    }
    to = writeUtf8(splice.text, out, to)
    if (splice.until > from) from = splice.until
  }
  return copy(base, from, end, out, to)
}

/** Copies bytes; a few of them by hand, which is faster than making a view. */
export function copy(base: Uint8Array, from: number, end: number, out: Uint8Array, to: number): number {
  if (end - from > BY_HAND) {
    out.set(base.subarray(from, end), to)
    return to + end - from
  }
  for (let i = from; i < end; i++) out[to++] = base[i]!
  return to
}

const BY_HAND = 96

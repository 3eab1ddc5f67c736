/** Writes a message with splices applied into new bytes. RFC 3261 §16.6, §18.3. */
import { allocate, allocateOver, LARGEST } from './allocate.ts'
import type { Headers } from './headers.ts'
import { areAscii, growth, lastTouched, type Splice, splicedText, writeSpliced } from './splices.ts'
import { latin1Writer } from './text.ts'

/** `base`, whose header lines are `headers`, with `splices` applied to its header, and `body` instead of its own where one is given. */
export function splicedMessage(base: Uint8Array, headers: Headers, splices: readonly Splice[], body: Uint8Array | undefined): Uint8Array {
  const more = growth(splices)
  if (body === undefined && base.length <= LARGEST && base.length + more <= LARGEST) {
    const out = allocateOver(base, more)
    writeUpTo(lastTouched(splices), base, headers, splices, more, out)
    return out
  }
  const rest = body ?? base.subarray(headers.bodyStart)
  const out = allocate(headers.bodyStart + more + rest.length)
  writeUpTo(headers.bodyStart, base, headers, splices, more, out)
  if (rest.length > 0) out.set(rest, headers.bodyStart + more)
  return out
}

/** Writes the edited message up to what was `end`. More than a little is put together as text and written at once: much less work than pieces of bytes. */
function writeUpTo(end: number, base: Uint8Array, headers: Headers, splices: readonly Splice[], more: number, out: Uint8Array): void {
  const write = end + more > LITTLE && areAscii(splices) ? latin1Writer() : undefined
  const text = write === undefined ? '' : headers.source.latin1
  if (write === undefined || text.length < end) writeSpliced(base, end, splices, out)
  else write(splicedText(text, end, splices), out, 0)
}

/** A start line's bytes. */
const LITTLE = 48

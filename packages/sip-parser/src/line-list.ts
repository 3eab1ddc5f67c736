/** Where the lines of messages are, as numbers in arrays that many messages share: one of its own for each message was a tenth of what a call allocates. RFC 3261 §7.3. */

/** Some numbers in an array that holds those of other messages, too. */
export interface Numbers {
  readonly all: Int32Array
  /** Index of the first. */
  readonly base: number
}

/** Copies the first `count` of `found`; valid until it is called again. */
export function shared(found: readonly number[], count: number): Numbers {
  if (used + count > all.length) {
    all = new Int32Array(Math.max(ROOM, count))
    used = 0
  }
  place.all = all
  place.base = used
  for (let i = 0; i < count; i++) all[used + i] = found[i]!
  used += count
  return place
}

/** A message that lives long keeps all of its array alive, so these are small: of some forty messages. */
const ROOM = 2048
let all = new Int32Array(ROOM)
let used = 0
const place: { all: Int32Array; base: number } = { all, base: 0 }

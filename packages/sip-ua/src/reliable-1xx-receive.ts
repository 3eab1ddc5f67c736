/** The calling side's reliable provisional responses: which are answered with PRACK, which are dropped. RFC 3262 §4. */

/** What is read of a 1xx. */
export interface Provisional {
  /** 101 to 199; a 100 is never reliable. RFC 3262 §3. */
  readonly status: number
  /** Option tags of its Require header. */
  readonly require: readonly string[]
  /** Its RSeq header. */
  readonly rseq?: number | undefined
}

/**
 * - `plain`: not reliable, taken as any 1xx.
 * - `prack`: in order; take it, keep `last`, send PRACK.
 * - `again`: seen already; the PRACK's transaction repeats itself, nothing to do.
 * - `out of order`: one before it is missing; drop it unseen, it comes again.
 * - `ignore`: a 100 that says it is reliable, or one without RSeq. RFC 3262 §4.
 */
export type ProvisionalVerdict = 'plain' | 'prack' | 'again' | 'out of order' | 'ignore'

/**
 * Takes a provisional response. `last` is the highest RSeq taken in this dialog (each early dialog of a forked INVITE counts by itself),
 * `undefined` before the first; it is kept until the final response. RFC 3262 §4.
 */
export function takeReliable(last: number | undefined, response: Provisional): ProvisionalVerdict {
  const { status, rseq } = response
  if (!names(response.require, RELIABLE)) return 'plain'
  if (status <= 100 || status >= 200 || rseq === undefined || rseq < 1) return 'ignore'
  if (last === undefined || rseq === last + 1) return 'prack'
  return rseq <= last ? 'again' : 'out of order'
}

/**
 * How an INVITE is served.
 * - `reliable`: every 1xx but 100 goes out reliably.
 * - `plain`: none may.
 * - `refuse 420`: it requires 100rel, and we do not do it: name it in Unsupported. RFC 3262 §3, RFC 3261 §8.2.2.3.
 * - `refuse 421`: we insist and the caller cannot: name 100rel in Require. RFC 3261 §21.4.16.
 */
export type Reliability = 'reliable' | 'plain' | 'refuse 420' | 'refuse 421'

/** `ours`: whether we never do it, do it where the caller can, or insist. Option tags are compared in any case. RFC 3262 §3. */
export function reliabilityOf(
  invite: { readonly require: readonly string[]; readonly supported: readonly string[] },
  ours: 'never' | 'when supported' | 'always',
): Reliability {
  if (names(invite.require, RELIABLE)) return ours === 'never' ? 'refuse 420' : 'reliable'
  if (ours === 'never') return 'plain'
  if (names(invite.supported, RELIABLE)) return 'reliable'
  return ours === 'always' ? 'refuse 421' : 'plain'
}

function names(tags: readonly string[], tag: string): boolean {
  return tags.some(each => each.toLowerCase() === tag)
}

/** The option tag. RFC 3262 §8.1. */
const RELIABLE = '100rel'

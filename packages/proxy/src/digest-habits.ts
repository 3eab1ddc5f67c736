/**
 * Which digest algorithms a phone is offered, and in which order. RFC 8760 §2.4 wants every one we know, strongest first, and a client
 * to answer the first that it knows; some clients give up instead at the sight of one they do not know.
 */
import { DIGEST_ALGORITHMS, type DigestAlgorithm } from '@strowger/sip-ua/digest'

/**
 * By `User-Agent` as the phone writes it.
 *
 * Deviation: RFC 8760 §2.4. Who does not say what it is gets MD5 first: SIPp, which says nothing, ends at a first challenge it does not
 * know. Such a client still finds SHA-256 second.
 */
export function algorithmsFor(userAgent: string | undefined): readonly DigestAlgorithm[] {
  if (userAgent === undefined) return MD5_FIRST
  return HABITS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? DIGEST_ALGORITHMS
}

const MD5_FIRST: readonly DigestAlgorithm[] = ['MD5', 'SHA-256']

const HABITS: readonly (readonly [RegExp, readonly DigestAlgorithm[]])[] = [
  // Any challenge that is not MD5 ends its registration with "Function not implemented", wherever it stands (seen with 1.0.0).
  [/^baresip v[01]\./, ['MD5']],
  // "authentication must use MD5" at a first challenge that is not (seen with 3.6.1).
  [/^sipp\b/i, MD5_FIRST],
]

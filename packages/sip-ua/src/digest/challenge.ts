/** Writes the challenges of a 401 or 407. RFC 7616 §3.3, RFC 8760 §2.3, RFC 3261 §22.4. */
import type { AuthParams } from '@strowger/sip-parser'
import { DIGEST_ALGORITHMS, type DigestAlgorithm } from './hash.ts'

export interface ChallengeOptions {
  readonly realm: string
  /** From `Nonces.issue`. */
  readonly nonce: string
  readonly algorithm: DigestAlgorithm
  /** The credentials were right, only the nonce was not: the phone may try again without asking its user. RFC 7616 §3.3. */
  readonly stale?: boolean
  readonly opaque?: string
  /** There is no challenge without it here; the literal says so where it is called. */
  readonly qop: true
}

/** One value for WWW-Authenticate or Proxy-Authenticate. `qop="auth"` is always offered. */
export function challenge({ realm, nonce, algorithm, stale, opaque }: ChallengeOptions): AuthParams {
  const params = new Map([
    ['realm', realm],
    ['nonce', nonce],
    ['algorithm', algorithm],
    ['qop', 'auth'],
  ])
  if (opaque !== undefined) params.set('opaque', opaque)
  if (stale === true) params.set('stale', 'true')
  return { scheme: 'Digest', params }
}

/**
 * One challenge per algorithm, strongest first, as separate header fields: SHA-256, then MD5 for phones that skip what they do not
 * know (RFC 8760 §2.4). They share the nonce: whichever the phone answers uses it up.
 */
export function challenges(
  options: Omit<ChallengeOptions, 'algorithm' | 'qop'>,
  algorithms: readonly DigestAlgorithm[] = DIGEST_ALGORITHMS,
): readonly AuthParams[] {
  return algorithms.map(algorithm => challenge({ ...options, algorithm, qop: true }))
}

/** Writes the challenges of a 401 or 407. RFC 7616 §3.3, RFC 8760 §2.3, RFC 3261 §22.4. */
import type { AuthParams } from '@strowger/sip-parser'
import { DIGEST_ALGORITHMS, type DigestName, type Qop } from './hash.ts'

/** What a challenge says. RFC 7616 §3.3. */
export interface ChallengeOptions {
  /** Whose passwords are asked for; the user of the phone may see it. RFC 3261 §22.1. */
  readonly realm: string
  /** From `Nonces.issue`. */
  readonly nonce: string
  /** The one this challenge is for: each algorithm has a challenge of its own. RFC 8760 §2.3. */
  readonly algorithm: DigestName
  /** The credentials were right, only the nonce was not: the phone may try again without asking its user. RFC 7616 §3.3. */
  readonly stale?: boolean
  /** Comes back in the answer as it is; default none. RFC 7616 §3.3. */
  readonly opaque?: string
  /** There is no challenge without it here; `true` is `['auth']`. `auth-int` covers bodies, which no proxy may then change. */
  readonly qop: true | readonly Qop[]
  /** The hash of a username is understood in its place. RFC 7616 §3.4.4. */
  readonly userhash?: boolean
}

/** One value for WWW-Authenticate or Proxy-Authenticate. */
export function challenge({ realm, nonce, algorithm, stale, opaque, qop, userhash }: ChallengeOptions): AuthParams {
  const params = new Map([
    ['realm', realm],
    ['nonce', nonce],
    ['algorithm', algorithm],
    ['qop', qop === true ? 'auth' : qop.join(',')],
  ])
  if (opaque !== undefined) params.set('opaque', opaque)
  if (stale === true) params.set('stale', 'true')
  if (userhash === true) params.set('userhash', 'true')
  return { scheme: 'Digest', params }
}

/**
 * One challenge per algorithm, strongest first, as separate header fields: SHA-256, then MD5 for phones that skip what they do not
 * know (RFC 8760 §2.4). They share the nonce: whichever the phone answers uses it up. Leave MD5 out of `algorithms` to switch it off.
 */
export function challenges(
  options: Omit<ChallengeOptions, 'algorithm' | 'qop'> & { readonly qop?: readonly Qop[] },
  algorithms: readonly DigestName[] = DIGEST_ALGORITHMS,
): readonly AuthParams[] {
  return algorithms.map(algorithm => challenge({ ...options, algorithm, qop: options.qop ?? true }))
}

/** Whether a request may be answered with 401 or 407 at all: ACK and CANCEL cannot be sent again. RFC 3261 §22.1. */
export function mayChallenge(method: string): boolean {
  return method !== 'ACK' && method !== 'CANCEL'
}

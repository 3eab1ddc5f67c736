/** Challenges and checks the credentials of phones, with the nonces of this process. RFC 3261 §22, RFC 8760. */
import { Authorization, ProxyAuthenticate, ProxyAuthorization, type SipRequest } from '@strowger/sip-parser'
import { challenges, type NonceState, Nonces, type Verdict, verify } from '@strowger/sip-ua/digest'
import { nodeHash, nodeSign, nodeToken } from '@strowger/sip-ua/node'
import type { Bans } from './brute-force/bans.ts'
import type { Credentials, Policy } from './core/step.ts'
import { algorithmsFor } from './digest-habits.ts'

export type Digest = Pick<Policy, 'challenges' | 'checkDigest'>

/** `nonceSeconds`: how long a nonce serves before it is `stale`. */
export function digestPolicy(nonceSeconds: number, bans: Bans | undefined): Digest {
  const nonces = new Nonces({ issuer: nodeToken(), sign: nodeSign(), lifetimeMs: nonceSeconds * 1000 })
  return {
    challenges: challengesWith(nonces),
    checkDigest: (request, who, credentials, wall) => {
      const { user, source } = who
      if (bans?.bars(user, source, wall) === true) return 'barred'
      const { verdict, nonce } = checkDigest(request, credentials, (text, count) => nonces.check(text, count, wall, source))
      if (verdict === 'ok') bans?.passed(user, source)
      if (verdict !== 'wrong') return verdict
      if (!wasSent(nonces, nonce, wall, source)) return 'stale'
      bans?.failed(user, source, wall)
      return 'wrong'
    },
  }
}

export function challengesWith(nonces: Nonces): Digest['challenges'] {
  return (realm, stale, wall, userAgent, source) =>
    challenges({ realm, nonce: nonces.issue(wall, source), stale }, algorithmsFor(userAgent)).map(value => ProxyAuthenticate.encode(value))
}

/**
 * Whether a challenge of ours with this nonce went there. Where none did, the password counts neither way, and nothing is said of it: whoever
 * writes another's source address cannot have that barred, nor does one who makes up nonces learn which guess is right. Uses up nothing.
 */
export function wasSent(nonces: Nonces, nonce: string, wall: number, source: string): boolean {
  return nonces.check(nonce, 0, wall, source) !== 'foreign'
}

/** `nonceOk` is asked only when the password is right. */
export function checkDigest(
  request: SipRequest,
  credentials: Credentials | 'unknown',
  nonceOk: (nonce: string, count: number | undefined) => NonceState,
): { readonly verdict: Verdict | 'absent'; readonly nonce: string } {
  const all = request.headers.all(request.method === 'REGISTER' ? Authorization : ProxyAuthorization)
  const realm = credentials === 'unknown' ? undefined : credentials.realm
  const authorization = all.find(a => a.params.get('realm') === realm) ?? all[0]
  if (authorization === undefined) return { verdict: 'absent', nonce: '' }
  const verdict = verify({
    authorization,
    method: request.method,
    ...(realm !== undefined ? { realm } : {}),
    hash: nodeHash,
    // Unknown users cost the same work, and no password fits them (threat: enumeration).
    ha1Of: algorithm => (credentials === 'unknown' ? undefined : credentials.ha1[algorithm]),
    nonceOk,
  })
  return { verdict, nonce: authorization.params.get('nonce') ?? '' }
}

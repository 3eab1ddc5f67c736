/** Challenges and checks the credentials of phones, with the nonces of this process. RFC 3261 §22, RFC 8760. */
import { Authorization, ProxyAuthenticate, ProxyAuthorization, type SipRequest } from '@strowger/sip-parser'
import { challenges, type NonceState, Nonces, verify } from '@strowger/sip-ua/digest'
import { nodeHash, nodeSign, nodeToken } from '@strowger/sip-ua/node'
import type { Credentials, Policy } from './core/step.ts'
import { algorithmsFor } from './digest-habits.ts'

export type Digest = Pick<Policy, 'challenges' | 'checkDigest'>

/** `nonceSeconds`: how long a nonce serves before it is `stale`. */
export function digestPolicy(nonceSeconds: number): Digest {
  const nonces = new Nonces({ issuer: nodeToken(), sign: nodeSign(), lifetimeMs: nonceSeconds * 1000 })
  return {
    challenges: (realm, stale, wall, userAgent) =>
      challenges({ realm, nonce: nonces.issue(wall), stale }, algorithmsFor(userAgent)).map(value => ProxyAuthenticate.encode(value)),
    checkDigest: (request, header, credentials, wall) =>
      checkDigest(request, header, credentials, (nonce, count) => nonces.check(nonce, count, wall)),
  }
}

/** `nonceOk` is asked only when the password is right. */
export function checkDigest(
  request: SipRequest,
  header: 'authorization' | 'proxy-authorization',
  credentials: Credentials | 'unknown',
  nonceOk: (nonce: string, count: number | undefined) => NonceState,
): ReturnType<Policy['checkDigest']> {
  const all = request.headers.all(header === 'authorization' ? Authorization : ProxyAuthorization)
  const realm = credentials === 'unknown' ? undefined : credentials.realm
  const authorization = all.find(a => a.params.get('realm') === realm) ?? all[0]
  if (authorization === undefined) return 'absent'
  return verify({
    authorization,
    method: request.method,
    ...(realm !== undefined ? { realm } : {}),
    hash: nodeHash,
    // Unknown users cost the same work, and no password fits them (threat: enumeration).
    ha1Of: algorithm => (credentials === 'unknown' ? undefined : credentials.ha1[algorithm]),
    nonceOk,
  })
}

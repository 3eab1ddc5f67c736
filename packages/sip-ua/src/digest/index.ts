/**
 * Digest authentication on both sides of SIP, without IO. RFC 7616, RFC 8760, RFC 3261 §22. The hash, the signature of nonces and
 * randomness are arguments; `@strowger/sip-ua/node` supplies them.
 *
 * ```ts
 * import { authorize, challenges, ha1, Nonces, verify } from '@strowger/sip-ua/digest'
 * import { nodeHash as hash, nodeSign, nodeToken } from '@strowger/sip-ua/node'
 *
 * const nonces = new Nonces({ issuer: nodeToken(), sign: nodeSign() })
 * const [realm, username, method, uri] = ['example.com', '101', 'REGISTER', 'sip:example.com'] as const
 * const asked = challenges({ realm, nonce: nonces.issue(0) }) // one WWW-Authenticate each, SHA-256 first
 *
 * const answer = authorize({ challenges: asked, username, password: 'secret', method, uri, hash, cnonce: nodeToken() })
 * if (answer === undefined) throw new Error('no algorithm that we know')
 * const verdict = verify({
 *   ...{ authorization: answer, method, realm, hash },
 *   ha1Of: algorithm => ha1(hash, algorithm, username, realm, 'secret'), // what the database keeps
 *   nonceOk: (nonce, nc) => nonces.check(nonce, nc, 1000),
 * })
 * console.log(verdict) // ok
 * ```
 *
 * @packageDocumentation
 */
export {
  type Answering,
  type AnsweringOptions,
  answerChallenges,
  type KnownChallenge,
  NO_CHALLENGES,
  nextExchange,
  takeChallenges,
  takeNextNonce,
} from './answering.ts'
export {
  type AuthenticationInfoOptions,
  authenticationInfo,
  checkAuthenticationInfo,
  type MutualVerdict,
} from './authentication-info.ts'
export { type Authentication, Authenticator, type AuthenticatorOptions } from './authenticator.ts'
export { type Asked, type AuthorizeOptions, askedBy, authorize, authorizeEach, isStale } from './authorize.ts'
export { type ChallengeOptions, challenge, challenges, mayChallenge } from './challenge.ts'
export { type Credentials, credentialsOf, forRealm } from './credentials.ts'
export {
  ALL_DIGEST_ALGORITHMS,
  DIGEST_ALGORITHMS,
  type DigestAlgorithm,
  type DigestHash,
  type DigestInput,
  type DigestName,
  digestResponse,
  type HashOf,
  ha1,
  type Qop,
  userhash,
} from './hash.ts'
export { type NonceState, Nonces, type NoncesOptions } from './nonces.ts'
export { dummyHa1, type Verdict, type VerifyOptions, verify } from './verify.ts'

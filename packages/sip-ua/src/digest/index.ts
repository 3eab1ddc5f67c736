/**
 * Digest authentication on both sides of SIP, without IO. RFC 7616, RFC 8760, RFC 3261 §22. The hash, the signature of nonces and
 * randomness are arguments; `@strowger/sip-ua/node` supplies them.
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

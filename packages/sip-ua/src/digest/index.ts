/**
 * Digest authentication on both sides of SIP, without IO. RFC 7616, RFC 8760, RFC 3261 §22. The hash, the signature of nonces and
 * randomness are arguments; `@strowger/sip-ua/node` supplies them.
 *
 * @packageDocumentation
 */
export { type Asked, type AuthorizeOptions, askedBy, authorize, isStale } from './authorize.ts'
export { type ChallengeOptions, challenge, challenges } from './challenge.ts'
export { DIGEST_ALGORITHMS, type DigestAlgorithm, type DigestHash, type DigestInput, digestResponse, ha1, type Qop } from './hash.ts'
export { type NonceState, Nonces, type NoncesOptions } from './nonces.ts'
export { type Credentials, credentialsOf, dummyHa1, type Verdict, type VerifyOptions, verify } from './verify.ts'

/** Checks the credentials of a request. RFC 7616 §3.4, §3.5, RFC 3261 §22.4. */
import { type AuthParams, parseUri, sameUri } from '@strowger/sip-parser'
import { type Credentials, credentialsOf } from './credentials.ts'
import {
  DIGEST_ALGORITHMS,
  DIGEST_LENGTH,
  type DigestAlgorithm,
  type DigestHash,
  type DigestName,
  digestResponse,
  type HashOf,
  hashOf,
  type Qop,
} from './hash.ts'
import type { NonceState } from './nonces.ts'
import { sameText } from './same-text.ts'

/**
 * - `ok`: the password is right and the nonce is good.
 * - `stale`: the password is right, the nonce expired, was used, or is another server's: challenge with `stale`.
 * - `wrong`: challenge again, or refuse.
 * - `malformed`: not Digest, a field is missing, or an algorithm or qop that was never offered: answer 400 or challenge anew.
 */
export type Verdict = 'ok' | 'stale' | 'wrong' | 'malformed'

/** The credentials of a request, and what they are checked against. RFC 7616 §3.4.6. */
export interface VerifyOptions<Name extends DigestName = 'MD5' | 'SHA-256'> {
  /** The value of Authorization or Proxy-Authorization for this realm; see `forRealm`. */
  readonly authorization: AuthParams
  /** Of the request that carried them. RFC 7616 §3.4.3. */
  readonly method: string
  /** The Request-URI as text; read only with `uriMustMatch`. */
  readonly requestUri?: string
  /** Realm of the challenge; another one is `wrong`. Left out: any, the caller's `ha1Of` knows which. */
  readonly realm?: string
  /** The stored H(A1). `undefined` for an unknown user: the same work is done against a value nobody can match. */
  readonly ha1Of: (algorithm: HashOf<Name>) => string | undefined
  /** `Nonces.check`. Asked only when the password is right, so that a flood of guesses takes no memory. */
  readonly nonceOk: (nonce: string, nc: number | undefined) => NonceState
  /** Computes digests: `nodeHash` of `@strowger/sip-ua/node` is one. */
  readonly hash: DigestHash
  /** Those that were offered, default SHA-256 and MD5. Leaving MD5 out makes its answers `malformed`. */
  readonly algorithms?: readonly Name[] | undefined
  /** Those that were offered, default `auth`. */
  readonly qop?: readonly Qop[]
  /** The body as it came, for `auth-int`. RFC 7616 §3.4.3. */
  readonly body?: Uint8Array
  /** The `opaque` of the challenge; another one, or none, is `wrong`. Default: any. RFC 7616 §3.4. */
  readonly opaque?: string
  /**
   * Accept credentials without qop, as RFC 2069 clients send. Default false: every challenge of ours offers `auth`, so such a
   * client has ignored it, and its answers carry no count to tell a replay by. When allowed a nonce serves one request only.
   */
  readonly allowWithoutQop?: boolean
  /**
   * Require the digest-uri to name what the Request-URI names, compared as URIs (RFC 3261 §19.1.4). Default false.
   * Deviation: RFC 7616 §3.4.6 wants the two to name one resource. Proxies on the way rewrite the Request-URI, and SIPp writes
   * `sip:address:port` whatever it requests; the digest-uri as sent is what is hashed, and the method is covered in any case.
   */
  readonly uriMustMatch?: boolean
}

/**
 * Takes the same time whether the user is known or not, and wherever a wrong response differs from the right one.
 *
 * Deviation: RFC 7616 §3.4.2 keeps a session form's key from the first cnonce of a nonce; here that of each request counts, so that nothing
 * need be remembered. A client that stays with its cnonce, as `authorize` asks for, sees no difference.
 */
export function verify<Name extends DigestName = 'MD5' | 'SHA-256'>(options: VerifyOptions<Name>): Verdict {
  const credentials = credentialsOf(options.authorization)
  const offered: readonly DigestName[] = options.algorithms ?? DIGEST_ALGORITHMS
  if (!credentials || !offered.includes(credentials.algorithm) || !wasOffered(credentials, options)) return 'malformed'
  if (!passwordMatches(credentials, options) || !placeMatches(credentials, options)) return 'wrong'
  return options.nonceOk(credentials.nonce, credentials.counted?.nc) === 'ok' ? 'ok' : 'stale'
}

/** A H(A1) no password hashes to. For callers that keep their own table of users. */
export function dummyHa1(algorithm: DigestAlgorithm): string {
  return '-'.repeat(DIGEST_LENGTH[algorithm])
}

type Options<Name extends DigestName> = VerifyOptions<Name>

function wasOffered<Name extends DigestName>({ counted }: Credentials, { qop, allowWithoutQop }: Options<Name>): boolean {
  return counted ? (qop ?? ONLY_AUTH).includes(counted.qop) : allowWithoutQop === true
}

function passwordMatches<Name extends DigestName>(credentials: Credentials, { ha1Of, hash, method, body }: Options<Name>): boolean {
  const { algorithm, nonce, uri, counted } = credentials
  const plain = hashOf(algorithm)
  const known = ha1Of(plain as HashOf<Name>)
  const expected = digestResponse({
    hash,
    algorithm,
    ha1: known ?? dummyHa1(plain),
    method,
    uri,
    nonce,
    qop: counted?.qop,
    nc: counted?.ncText,
    cnonce: counted?.cnonce,
    body,
  })
  return sameText(expected, credentials.response) && known !== undefined
}

function placeMatches<Name extends DigestName>({ realm, uri, opaque }: Credentials, options: Options<Name>): boolean {
  if (options.realm !== undefined && options.realm !== realm) return false
  if (options.opaque !== undefined && options.opaque !== opaque) return false
  return options.uriMustMatch !== true || (options.requestUri !== undefined && sameResource(uri, options.requestUri))
}

function sameResource(one: string, other: string): boolean {
  const [a, b] = [parseUri(one), parseUri(other)]
  return a && b ? sameUri(a, b) : one === other
}

const ONLY_AUTH: readonly Qop[] = ['auth']

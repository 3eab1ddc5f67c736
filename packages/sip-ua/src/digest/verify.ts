/** Checks the credentials of a request. RFC 7616 §3.4, §3.5, RFC 3261 §22.4. */
import type { AuthParams } from '@strowger/sip-parser'
import { algorithmNamed, DIGEST_ALGORITHMS, DIGEST_LENGTH, type DigestAlgorithm, type DigestHash, digestResponse } from './hash.ts'
import type { NonceState } from './nonces.ts'
import { sameText } from './same-text.ts'

/** The fields of a Digest Authorization or Proxy-Authorization header. RFC 7616 §3.4. */
export interface Credentials {
  readonly username: string
  readonly realm: string
  readonly nonce: string
  readonly uri: string
  readonly response: string
  readonly algorithm: DigestAlgorithm
  /** Without it there is neither `nc` nor `cnonce` (RFC 2069). */
  readonly counted?: { readonly nc: number; readonly ncText: string; readonly cnonce: string }
}

/**
 * - `ok`: the password is right and the nonce is good.
 * - `stale`: the password is right, the nonce expired, was used, or is another server's: challenge with `stale`.
 * - `wrong`: challenge again, or refuse.
 * - `malformed`: not Digest, a field is missing, or an algorithm or qop that was never offered: answer 400 or challenge anew.
 */
export type Verdict = 'ok' | 'stale' | 'wrong' | 'malformed'

export interface VerifyOptions {
  readonly authorization: AuthParams
  readonly method: string
  /** The Request-URI as text; read only with `uriMustMatch`. */
  readonly requestUri?: string
  /** Realm of the challenge; another one is `wrong`. Left out: any, the caller's `ha1Of` knows which. */
  readonly realm?: string
  /** The stored H(A1). `undefined` for an unknown user: the same work is done against a value nobody can match. */
  readonly ha1Of: (algorithm: DigestAlgorithm) => string | undefined
  /** `Nonces.check`. Asked only when the password is right, so that a flood of guesses takes no memory. */
  readonly nonceOk: (nonce: string, nc: number | undefined) => NonceState
  readonly hash: DigestHash
  /** Default: all known. Leaving MD5 out makes its answers `malformed`. */
  readonly algorithms?: readonly DigestAlgorithm[]
  /**
   * Accept credentials without qop, as RFC 2069 clients send. Default false: every challenge of ours offers `auth`, so such a
   * client has ignored it, and its answers carry no count to tell a replay by. When allowed a nonce serves one request only.
   */
  readonly allowWithoutQop?: boolean
  /**
   * Require the digest-uri to equal the Request-URI. Default false.
   * Deviation: RFC 7616 §3.4.6 wants the two to name one resource. Proxies on the way rewrite the Request-URI, and SIPp writes
   * `sip:address:port` whatever it requests; the digest-uri as sent is what is hashed, and the method is covered in any case.
   */
  readonly uriMustMatch?: boolean
}

/** Takes the same time whether the user is known or not, and wherever a wrong response differs from the right one. */
export function verify(options: VerifyOptions): Verdict {
  const credentials = credentialsOf(options.authorization)
  if (!credentials || !(options.algorithms ?? DIGEST_ALGORITHMS).includes(credentials.algorithm)) return 'malformed'
  if (!credentials.counted && options.allowWithoutQop !== true) return 'malformed'
  if (!passwordMatches(credentials, options) || !placeMatches(credentials, options)) return 'wrong'
  return options.nonceOk(credentials.nonce, credentials.counted?.nc) === 'ok' ? 'ok' : 'stale'
}

/** Reads the fields; `undefined` when one is missing or written in a way the grammar does not allow. */
export function credentialsOf({ scheme, params }: AuthParams): Credentials | undefined {
  const algorithm = algorithmNamed(params.get('algorithm'))
  const fields = FIELDS.map(name => params.get(name))
  if (scheme.toLowerCase() !== 'digest' || algorithm === undefined || fields.includes(undefined)) return undefined
  const [username, realm, nonce, uri, response] = fields as [string, string, string, string, string]
  const read = { username, realm, nonce, uri, response: response.toLowerCase(), algorithm }
  const counted = countedOf(params)
  return counted === 'none' ? read : counted && { ...read, counted }
}

/** A H(A1) no password hashes to. For callers that keep their own table of users. */
export function dummyHa1(algorithm: DigestAlgorithm): string {
  return '-'.repeat(DIGEST_LENGTH[algorithm])
}

const FIELDS = ['username', 'realm', 'nonce', 'uri', 'response'] as const

function countedOf(params: ReadonlyMap<string, string>): Credentials['counted'] | 'none' {
  const qop = params.get('qop')?.toLowerCase()
  if (qop === undefined) return 'none'
  const ncText = params.get('nc')
  const cnonce = params.get('cnonce')
  if (qop !== 'auth' || ncText === undefined || cnonce === undefined || !/^[0-9a-f]{8}$/i.test(ncText)) return undefined
  return { nc: Number.parseInt(ncText, 16), ncText, cnonce }
}

function passwordMatches(credentials: Credentials, { ha1Of, hash, method }: VerifyOptions): boolean {
  const { algorithm, nonce, uri, counted } = credentials
  const known = ha1Of(algorithm)
  const count = counted && { qop: 'auth' as const, nc: counted.ncText, cnonce: counted.cnonce }
  const expected = digestResponse({ hash, algorithm, ha1: known ?? dummyHa1(algorithm), method, uri, nonce, ...count })
  return sameText(expected, credentials.response) && known !== undefined
}

function placeMatches({ realm, uri }: Credentials, options: VerifyOptions): boolean {
  if (options.realm !== undefined && options.realm !== realm) return false
  return options.uriMustMatch !== true || uri === options.requestUri
}

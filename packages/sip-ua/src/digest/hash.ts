/** Computes digest values: H(A1), H(A2) and the response. RFC 7616 §3.4.1 to §3.4.3, RFC 8760 §2.1. */

/** Algorithms this house stores a H(A1) for. SHA-512-256 and the `-sess` forms are neither offered nor answered. */
export type DigestAlgorithm = 'MD5' | 'SHA-256'

/** `H(text)` as lower-case hexadecimal; text is hashed as UTF-8 (RFC 7616 §4). `nodeHash` in `/node` is one. */
export type DigestHash = (algorithm: DigestAlgorithm, text: string | Uint8Array) => string

/** Protection by the digest: with a nonce count (`auth`), over the body too (`auth-int`), or the old form without either. */
export type Qop = 'auth' | 'auth-int'

/** Strongest first: the order in which challenges are offered (RFC 8760 §2.4) and chosen. */
export const DIGEST_ALGORITHMS: readonly DigestAlgorithm[] = ['SHA-256', 'MD5']

/** Hexadecimal digits of `H`. RFC 8760 §2.1. */
export const DIGEST_LENGTH: Readonly<Record<DigestAlgorithm, number>> = { MD5: 32, 'SHA-256': 64 }

/**
 * The algorithm a token names, in any case; none means MD5 (RFC 7616 §3.3). `undefined` for one we do not know.
 */
export function algorithmNamed(token: string | undefined): DigestAlgorithm | undefined {
  if (token === undefined) return 'MD5'
  const upper = token.toUpperCase()
  return DIGEST_ALGORITHMS.find(algorithm => algorithm === upper)
}

/** `H(username:realm:password)`, what is stored in place of a password. RFC 7616 §3.4.2. */
export function ha1(hash: DigestHash, algorithm: DigestAlgorithm, username: string, realm: string, password: string): string {
  return hash(algorithm, `${username}:${realm}:${password}`)
}

export interface DigestInput {
  readonly hash: DigestHash
  readonly algorithm: DigestAlgorithm
  /** Hexadecimal, from {@link ha1} with the same algorithm. */
  readonly ha1: string
  readonly method: string
  /** The digest-uri exactly as it stands in the header. */
  readonly uri: string
  readonly nonce: string
  /** Left out by a client that speaks RFC 2069: then `nc` and `cnonce` do not count. */
  readonly qop?: Qop
  /** A number is written as 8 hexadecimal digits; a text is taken as it came. */
  readonly nc?: number | string
  readonly cnonce?: string
  /** Read for `auth-int` only. */
  readonly body?: Uint8Array
}

/** The `response` of a digest, lower-case hexadecimal. RFC 7616 §3.4.1; without `qop` RFC 2617 §3.2.2.1. */
export function digestResponse(input: DigestInput): string {
  const { hash, algorithm, qop, nonce } = input
  const ha2 = hash(algorithm, a2(input))
  if (qop === undefined) return hash(algorithm, `${input.ha1}:${nonce}:${ha2}`)
  return hash(algorithm, `${input.ha1}:${nonce}:${nonceCount(input.nc ?? 1)}:${input.cnonce ?? ''}:${qop}:${ha2}`)
}

/** 8LHEX. RFC 7616 §3.4. */
export function nonceCount(nc: number | string): string {
  return typeof nc === 'string' ? nc : nc.toString(16).padStart(8, '0')
}

/** A2. RFC 7616 §3.4.3. */
function a2({ hash, algorithm, method, uri, qop, body }: DigestInput): string {
  const start = `${method}:${uri}`
  return qop === 'auth-int' ? `${start}:${hash(algorithm, body ?? new Uint8Array())}` : start
}

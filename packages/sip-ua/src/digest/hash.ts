/** Computes digest values: H(A1), H(A2) and the response. RFC 7616 §3.4.1 to §3.4.4, RFC 8760 §2.1. */

/** A hash function, which is also the plain algorithm of that name. RFC 8760 §2.1. */
export type DigestAlgorithm = 'MD5' | 'SHA-256' | 'SHA-512-256'

/** What stands in the `algorithm` field: a hash, or its session form, whose key also covers the first nonce and cnonce. RFC 7616 §3.4.2. */
export type DigestName = DigestAlgorithm | `${DigestAlgorithm}-sess`

/** The hash of a name: the stored H(A1) is the same for both forms. */
export type HashOf<Name extends DigestName> = Name extends `${infer Hash extends DigestAlgorithm}-sess` ? Hash : Name & DigestAlgorithm

/** `H(text)` as lower-case hexadecimal; text is hashed as UTF-8 (RFC 7616 §4). `nodeHash` in `/node` is one. */
export type DigestHash = (algorithm: DigestAlgorithm, text: string | Uint8Array) => string

/** Protection by the digest: with a nonce count (`auth`), over the body too (`auth-int`), or the old form without either. */
export type Qop = 'auth' | 'auth-int'

/** What is offered and accepted unless told otherwise, strongest first (RFC 8760 §2.4): what phones know. */
export const DIGEST_ALGORITHMS: readonly ('SHA-256' | 'MD5')[] = ['SHA-256', 'MD5']

/** All there are, strongest first: the order in which a client chooses. */
export const ALL_DIGEST_ALGORITHMS: readonly DigestName[] = [
  'SHA-512-256',
  'SHA-512-256-sess',
  'SHA-256',
  'SHA-256-sess',
  'MD5',
  'MD5-sess',
]

/** Hexadecimal digits of `H`. RFC 8760 §2.1. */
export const DIGEST_LENGTH: Readonly<Record<DigestAlgorithm, number>> = { MD5: 32, 'SHA-256': 64, 'SHA-512-256': 64 }

/**
 * The algorithm a token names, in any case; none means MD5 (RFC 7616 §3.3). `undefined` for one we do not know.
 */
export function algorithmNamed(token: string | undefined): DigestName | undefined {
  if (token === undefined || token === 'MD5') return 'MD5'
  if (token === 'SHA-256') return token
  const lower = token.toLowerCase()
  return ALL_DIGEST_ALGORITHMS.find(algorithm => algorithm.toLowerCase() === lower)
}

/** The hash function of an algorithm. */
export function hashOf<Name extends DigestName>(name: Name): HashOf<Name> {
  return (isSession(name) ? name.slice(0, -SESSION.length) : name) as HashOf<Name>
}

export function isSession(name: DigestName): boolean {
  return name.endsWith(SESSION)
}

/** `H(username:realm:password)`, what is stored in place of a password. RFC 7616 §3.4.2. */
export function ha1(hash: DigestHash, algorithm: DigestAlgorithm, username: string, realm: string, password: string): string {
  return hash(algorithm, `${username}:${realm}:${password}`)
}

/** `H(username:realm)`, what stands for the name where `userhash` is true. RFC 7616 §3.4.4. */
export function userhash(hash: DigestHash, algorithm: DigestAlgorithm, username: string, realm: string): string {
  return hash(algorithm, `${username}:${realm}`)
}

/** All that a digest is computed from. RFC 7616 §3.4.1. */
export interface DigestInput {
  /** Computes one hash: `nodeHash` of `@strowger/sip-ua/node` is one. */
  readonly hash: DigestHash
  /** Of the challenge, session forms included. RFC 7616 §3.3. */
  readonly algorithm: DigestName
  /** Hexadecimal, from {@link ha1} with the same hash. */
  readonly ha1: string
  /** Empty for the `rspauth` of a response (RFC 7616 §3.5). */
  readonly method: string
  /** The digest-uri exactly as it stands in the header. */
  readonly uri: string
  /** As it stands in the header. */
  readonly nonce: string
  /** Left out by a client that speaks RFC 2069: then `nc` and `cnonce` do not count. */
  readonly qop?: Qop | undefined
  /** A number is written as 8 hexadecimal digits; a text is taken as it came. */
  readonly nc?: number | string | undefined
  /** The client's own; needed with `qop`. RFC 7616 §3.4. */
  readonly cnonce?: string | undefined
  /** Read for `auth-int` only. */
  readonly body?: Uint8Array | undefined
}

/** The `response` of a digest, lower-case hexadecimal. RFC 7616 §3.4.1; without `qop` RFC 2617 §3.2.2.1. */
export function digestResponse(input: DigestInput): string {
  const { hash, qop, nonce } = input
  const algorithm = hashOf(input.algorithm)
  const key = isSession(input.algorithm) ? hash(algorithm, `${input.ha1}:${nonce}:${input.cnonce ?? ''}`) : input.ha1
  const ha2 = hash(algorithm, a2(input))
  if (qop === undefined) return hash(algorithm, `${key}:${nonce}:${ha2}`)
  return hash(algorithm, `${key}:${nonce}:${nonceCount(input.nc ?? 1)}:${input.cnonce ?? ''}:${qop}:${ha2}`)
}

/** 8LHEX. RFC 7616 §3.4. */
export function nonceCount(nc: number | string): string {
  return typeof nc === 'string' ? nc : nc.toString(16).padStart(8, '0')
}

/** A2. RFC 7616 §3.4.3. */
function a2({ hash, algorithm, method, uri, qop, body }: DigestInput): string {
  const start = `${method}:${uri}`
  return qop === 'auth-int' ? `${start}:${hash(hashOf(algorithm), body ?? new Uint8Array())}` : start
}

const SESSION = '-sess'

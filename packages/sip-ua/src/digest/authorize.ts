/** Answers a challenge with credentials. RFC 7616 §3.4, RFC 8760 §2.4, RFC 3261 §22.1 to §22.3. */
import {
  Authorization,
  type AuthParams,
  type HeaderDef,
  ProxyAuthenticate,
  ProxyAuthorization,
  type SipResponse,
  WwwAuthenticate,
} from '@strowger/sip-parser'
import { isWritable } from '../writable.ts'
import {
  ALL_DIGEST_ALGORITHMS,
  algorithmNamed,
  type DigestAlgorithm,
  type DigestHash,
  type DigestName,
  digestResponse,
  ha1 as hashA1,
  hashOf,
  nonceCount,
  type Qop,
  userhash,
} from './hash.ts'

/** A challenge, who answers it, and the request that the answer goes into. RFC 7616 §3.4. */
export interface AuthorizeOptions {
  /** All challenges of the response, in any order, of any scheme. */
  readonly challenges: readonly AuthParams[]
  /** As the realm knows us. */
  readonly username: string
  /** Either the password or what it hashes to. With `ha1` only algorithms it has a value for are answered. */
  readonly password?: string
  /** Instead of the password: H(A1) in hexadecimal, by algorithm. RFC 7616 §3.4.2. */
  readonly ha1?: Readonly<Partial<Record<DigestAlgorithm, string>>>
  /**
   * Answer challenges of this realm only. Give it wherever the far end is not the one that keeps the password: a called party
   * may challenge too, with any realm it likes, to collect digests.
   */
  readonly realm?: string
  /** Of the request the answer goes into: it is part of what is hashed. RFC 7616 §3.4.3. */
  readonly method: string
  /** The Request-URI as text. RFC 3261 §22.4 item 1. */
  readonly uri: string
  /** Computes digests: `nodeHash` of `@strowger/sip-ua/node` is one. */
  readonly hash: DigestHash
  /** At least 64 random bits. For a `-sess` algorithm the same with every answer to one nonce. RFC 7616 §3.4.2. */
  readonly cnonce: string
  /** How many times this nonce has been answered, this time included. Default 1. */
  readonly nc?: number
  /** Read for `auth-int`. */
  readonly body?: Uint8Array
  /** Those that may be answered, in any order; default all. Leave MD5 out never to be moved to it. */
  readonly algorithms?: readonly DigestName[]
  /** Answer `auth-int` where it is offered. Default: only where `auth` is not. */
  readonly preferIntegrity?: boolean
}

/**
 * The value for Authorization or Proxy-Authorization, or `undefined` when no challenge can be answered.
 *
 * The strongest algorithm wins whatever the order of the challenges: a local policy that RFC 8760 §2.4 leaves to the client, so that
 * nobody in between can move us to MD5 by reordering. `auth` is preferred to `auth-int` (proxies may change bodies).
 */
export function authorize(options: AuthorizeOptions): AuthParams | undefined {
  const chosen = choose(options)
  return chosen && credentials(options, chosen)
}

/**
 * The same for every realm that asks: a 407 may carry the challenges of several proxies, and a request the credentials of each. `options`
 * names the user of a realm, `undefined` where there is none. In the order of the challenges. RFC 3261 §22.3.
 */
export function authorizeEach(
  challenges: readonly AuthParams[],
  options: (realm: string) => Omit<AuthorizeOptions, 'challenges' | 'realm'> | undefined,
): readonly AuthParams[] {
  const realms = new Set(challenges.flatMap(({ params }) => params.get('realm') ?? []))
  return [...realms].flatMap(realm => {
    const found = options(realm)
    return (found && authorize({ ...found, challenges, realm })) ?? []
  })
}

/** A challenge we can answer, read. */
interface Chosen {
  readonly params: ReadonlyMap<string, string>
  readonly algorithm: DigestName
  readonly qop: Qop | undefined
  readonly ha1: string
}

/** What a response asks for: the header its answer goes into, and the challenges. RFC 3261 §22.2, §22.3. */
export interface Asked {
  /** Authorization for a 401, Proxy-Authorization for a 407. */
  readonly answerIn: HeaderDef<AuthParams>
  /** One per algorithm and realm, in the order of the response. RFC 8760 §2.3. */
  readonly challenges: readonly AuthParams[]
}

/** `undefined` for any response but 401 and 407. */
export function askedBy(response: SipResponse): Asked | undefined {
  if (response.status === 401) return { answerIn: Authorization, challenges: response.headers.all(WwwAuthenticate) }
  if (response.status === 407) return { answerIn: ProxyAuthorization, challenges: response.headers.all(ProxyAuthenticate) }
  return undefined
}

/** The server liked the credentials but not the nonce: another try is worth it (RFC 7616 §3.3). */
export function isStale(challenge: AuthParams): boolean {
  return challenge.params.get('stale')?.toLowerCase() === 'true'
}

function choose(options: AuthorizeOptions): Chosen | undefined {
  const usable = options.challenges.flatMap(challenge => answerable(challenge, options) ?? [])
  for (const algorithm of ALL_DIGEST_ALGORITHMS) {
    const found = usable.find(each => each.algorithm === algorithm)
    if (found) return found
  }
  return undefined
}

function answerable({ scheme, params }: AuthParams, options: AuthorizeOptions): Chosen | undefined {
  const realm = params.get('realm')
  const algorithm = algorithmNamed(params.get('algorithm'))
  if (scheme.toLowerCase() !== 'digest' || realm === undefined || algorithm === undefined || !params.has('nonce')) return undefined
  if (options.realm !== undefined && options.realm !== realm) return undefined
  if (options.algorithms?.includes(algorithm) === false) return undefined
  if (![realm, params.get('nonce'), params.get('opaque')].every(text => isWritable(text ?? ''))) return undefined
  const offered = params.get('qop')
  const qop = offered === undefined ? undefined : qopOf(offered, options.preferIntegrity === true)
  if (qop === 'none') return undefined
  const ha1 = ha1Of(options, algorithm, realm)
  return ha1 === undefined ? undefined : { params, algorithm, qop, ha1 }
}

/** RFC 7616 §3.3: unknown options are skipped. Some servers write `qop="auth, auth-int"`. */
function qopOf(offered: string, preferIntegrity: boolean): Qop | 'none' {
  const options = offered.split(',').map(option => option.trim().toLowerCase())
  const order: readonly Qop[] = preferIntegrity ? ['auth-int', 'auth'] : ['auth', 'auth-int']
  return order.find(qop => options.includes(qop)) ?? 'none'
}

function ha1Of({ username, password, ha1, hash }: AuthorizeOptions, algorithm: DigestName, realm: string): string | undefined {
  const plain = hashOf(algorithm)
  return ha1?.[plain] ?? (password === undefined ? undefined : hashA1(hash, plain, username, realm, password))
}

function credentials(options: AuthorizeOptions, { params, algorithm, qop, ha1 }: Chosen): AuthParams {
  const { username, uri, cnonce, hash, method } = options
  const nonce = params.get('nonce') ?? ''
  const nc = nonceCount(options.nc ?? 1)
  const body = options.body && { body: options.body }
  const response = digestResponse({ hash, algorithm, ha1, method, uri, nonce, cnonce, nc, ...(qop && { qop }), ...body })
  const realm = params.get('realm') ?? ''
  const hidden = params.get('userhash')?.toLowerCase() === 'true'
  const answer = new Map([
    ['username', hidden ? userhash(hash, hashOf(algorithm), username, realm) : username],
    ['realm', realm],
    ['nonce', nonce],
    ['uri', uri],
    ['response', response],
  ])
  if (params.has('algorithm')) answer.set('algorithm', algorithm)
  if (qop) answer.set('qop', qop).set('nc', nc).set('cnonce', cnonce)
  const opaque = params.get('opaque')
  if (opaque !== undefined) answer.set('opaque', opaque)
  if (hidden) answer.set('userhash', 'true')
  return { scheme: 'Digest', params: answer }
}

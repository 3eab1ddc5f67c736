/** Asks for credentials and checks them, for one realm: what a registrar or a proxy needs of digest in one call. RFC 3261 §22.1 to §22.4, RFC 8760. */
import { Authorization, ProxyAuthenticate, ProxyAuthorization, type SipRequest, WwwAuthenticate } from '@strowger/sip-parser'
import { challenges, mayChallenge } from './challenge.ts'
import { credentialsOf, forRealm } from './credentials.ts'
import { DIGEST_ALGORITHMS, type DigestHash, type DigestName, type HashOf } from './hash.ts'
import type { Nonces } from './nonces.ts'
import { type Verdict, verify } from './verify.ts'

/** Whose passwords are asked for, in which way. RFC 3261 §22.1. */
export interface AuthenticatorOptions<Name extends DigestName = 'MD5' | 'SHA-256'> {
  /** Whose passwords these are; the user sees it. */
  readonly realm: string
  /** H(A1) of a user as the database keeps it, see `ha1`; `undefined` for nobody, which costs and answers the same. */
  readonly ha1Of: (username: string, algorithm: HashOf<Name>) => string | undefined
  /** Makes the nonces; share one between the realms of a process. */
  readonly nonces: Nonces
  /** `nodeHash` of `/node`. */
  readonly hash: DigestHash
  /** Asked for, strongest first. Default SHA-256 and MD5. */
  readonly algorithms?: readonly Name[]
  /** 407 and Proxy-Authenticate instead of 401 and WWW-Authenticate. Default false. */
  readonly proxy?: boolean
}

/** Who sent a request, or what to answer it. */
export type Authentication =
  /** The password was right. Whether this user may do what it asks for is the caller's to say: 403 if not. */
  | { readonly kind: 'user'; readonly username: string }
  /** ACK and CANCEL cannot be asked: they belong to a request that was. RFC 3261 §22.1. */
  | { readonly kind: 'exempt' }
  /** Answer with `status` and one `header` field for each of `values`. `why` is for the log, never for the phone. */
  | {
      readonly kind: 'ask'
      readonly status: 401 | 407
      readonly header: 'WWW-Authenticate' | 'Proxy-Authenticate'
      readonly values: readonly string[]
      readonly why: Exclude<Verdict, 'ok'> | 'absent'
    }

/**
 * An unknown user, a wrong password and no credentials at all get the same answer.
 *
 * ```ts
 * const door = new Authenticator({ realm, nonces, hash: nodeHash, ha1Of: (username, algorithm) => table.get(username)?.[algorithm] })
 * const who = door.check(request, Date.now())
 * if (who.kind === 'ask') respond(who.status, { headers: { [who.header]: who.values } })
 * ```
 */
export class Authenticator<Name extends DigestName = 'MD5' | 'SHA-256'> {
  readonly #options: AuthenticatorOptions<Name>
  /** What stands before and behind the nonce in each challenge; the second is of those that say `stale`. */
  readonly #texts: readonly [readonly Around[], readonly Around[]]

  constructor(options: AuthenticatorOptions<Name>) {
    this.#options = options
    this.#texts = [aroundNonce(options, false), aroundNonce(options, true)]
  }

  /** `now` in milliseconds of one clock. Uses up the nonce count of right credentials. */
  check(request: SipRequest, now: number): Authentication {
    if (!mayChallenge(request.method)) return { kind: 'exempt' }
    const { realm, proxy = false } = this.#options
    const authorization = forRealm(request.headers.all(proxy ? ProxyAuthorization : Authorization), realm)
    if (authorization === undefined) return this.#ask('absent', now)
    const username = authorization.params.get('username') ?? credentialsOf(authorization)?.username ?? ''
    const { ha1Of, nonces, hash, algorithms } = this.#options
    const verdict = verify<Name>({
      authorization,
      method: request.method,
      realm,
      hash,
      body: request.body,
      algorithms,
      ha1Of: algorithm => ha1Of(username, algorithm),
      nonceOk: (nonce, count) => nonces.check(nonce, count, now, realm),
    })
    return verdict === 'ok' ? { kind: 'user', username } : this.#ask(verdict, now)
  }

  #ask(why: Exclude<Verdict, 'ok'> | 'absent', now: number): Authentication {
    const { realm, nonces, proxy = false } = this.#options
    const nonce = nonces.issue(now, realm)
    const values = this.#texts[why === 'stale' ? 1 : 0].map(([before, behind]) => before + nonce + behind)
    if (proxy) return { kind: 'ask', status: 407, header: 'Proxy-Authenticate', values, why }
    return { kind: 'ask', status: 401, header: 'WWW-Authenticate', values, why }
  }
}

type Around = readonly [before: string, behind: string]

function aroundNonce<Name extends DigestName>(options: AuthenticatorOptions<Name>, stale: boolean): readonly Around[] {
  const { realm, proxy = false, algorithms = DIGEST_ALGORITHMS } = options
  const def = proxy ? ProxyAuthenticate : WwwAuthenticate
  return challenges({ realm, nonce: PLACE, stale }, algorithms).map(each => {
    const text = def.encode(each)
    const at = text.indexOf(NONCE_FIELD) + NONCE_FIELD.length - 1 - PLACE.length
    return [text.slice(0, at), text.slice(at + PLACE.length)]
  })
}

const PLACE = '-'
const NONCE_FIELD = `nonce="${PLACE}"`

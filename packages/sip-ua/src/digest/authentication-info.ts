/** What follows good credentials: the server's proof that it knows the password too, and its next nonce. RFC 7616 §3.5. */
import type { AuthInfo } from '@strowger/sip-parser'
import type { Credentials } from './credentials.ts'
import { type DigestHash, digestResponse, type Qop } from './hash.ts'
import { sameText } from './same-text.ts'

/** What the proof in a 2xx is computed from. RFC 7616 §3.5. */
export interface AuthenticationInfoOptions {
  /** The credentials that were good: ours, or the client's. */
  readonly credentials: Credentials
  /** H(A1) by the hash of their algorithm. */
  readonly ha1: string
  /** Computes digests: `nodeHash` of `@strowger/sip-ua/node` is one. */
  readonly hash: DigestHash
  /** Of the response, for `auth-int`. */
  readonly body?: Uint8Array
}

/**
 * The value for the Authentication-Info or Proxy-Authentication-Info of a 2xx. `undefined` when there is nothing to say: credentials without
 * qop, and no `nextNonce`.
 */
export function authenticationInfo(options: AuthenticationInfoOptions & { readonly nextNonce?: string }): AuthInfo | undefined {
  const { credentials, nextNonce } = options
  const next = nextNonce === undefined ? {} : { nextnonce: nextNonce }
  if (!credentials.counted) return nextNonce === undefined ? undefined : next
  const { qop, cnonce, ncText } = credentials.counted
  return { ...next, qop, rspauth: rspauthOf(options), cnonce, nc: ncText }
}

/**
 * - `ok`: the far end knows the password. `unproved`: it did not say so.
 * - `wrong`: it does not: the response is not the server's. RFC 7616 §3.5.
 */
export type MutualVerdict = 'ok' | 'unproved' | 'wrong'

/** Checks what a server said about `credentials` we sent. The next nonce is in `info.nextnonce` and starts at count 1. RFC 7616 §3.5. */
export function checkAuthenticationInfo(info: AuthInfo | undefined, options: AuthenticationInfoOptions): MutualVerdict {
  const counted = options.credentials.counted
  if (info?.rspauth === undefined || !counted) return 'unproved'
  const { cnonce = counted.cnonce, nc = counted.ncText } = info
  const qop = info.qop === undefined ? counted.qop : QOPS.find(each => each === info.qop)
  if (cnonce !== counted.cnonce || nc.toLowerCase() !== counted.ncText.toLowerCase() || !qop) return 'wrong'
  const said: AuthenticationInfoOptions = { ...options, credentials: { ...options.credentials, counted: { ...counted, qop } } }
  return sameText(rspauthOf(said), info.rspauth.toLowerCase()) ? 'ok' : 'wrong'
}

function rspauthOf({ credentials, ha1, hash, body }: AuthenticationInfoOptions): string {
  const { algorithm, uri, nonce, counted } = credentials
  const count = counted && { qop: counted.qop, nc: counted.ncText, cnonce: counted.cnonce }
  return digestResponse({ hash, algorithm, ha1, method: '', uri, nonce, ...count, ...(body && { body }) })
}

const QOPS: readonly Qop[] = ['auth', 'auth-int']

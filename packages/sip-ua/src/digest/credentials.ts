/** Reads the credentials of a request, the username in each of its three forms. RFC 7616 §3.4, §3.4.4, RFC 8187 §3.2. */
import type { AuthParams } from '@strowger/sip-parser'
import { algorithmNamed, type DigestName, type Qop } from './hash.ts'

/** The fields of a Digest Authorization or Proxy-Authorization header. RFC 7616 §3.4. */
export interface Credentials {
  /** As written, or decoded from `username*`; a hash when `hashed` (compare with `userhash`). */
  readonly username: string
  /** `username` is a hash: `userhash=true`. RFC 7616 §3.4.4. */
  readonly hashed?: true
  /** As it stood in the challenge. */
  readonly realm: string
  /** As it stood in the challenge. */
  readonly nonce: string
  /** The digest-uri as written, which is what was hashed. RFC 7616 §3.4. */
  readonly uri: string
  /** Lower-case. */
  readonly response: string
  /** MD5 when the header names none. RFC 7616 §3.3. */
  readonly algorithm: DigestName
  /** As it stood in the challenge; absent when it had none. */
  readonly opaque?: string
  /** Without it there is neither `nc` nor `cnonce` (RFC 2069). */
  readonly counted?: { readonly qop: Qop; readonly nc: number; readonly ncText: string; readonly cnonce: string }
}

/** Reads the fields; `undefined` when one is missing or written in a way the grammar does not allow. */
export function credentialsOf({ scheme, params }: AuthParams): Credentials | undefined {
  const algorithm = algorithmNamed(params.get('algorithm'))
  const user = userOf(params)
  const realm = params.get('realm')
  const nonce = params.get('nonce')
  const uri = params.get('uri')
  const response = params.get('response')?.toLowerCase()
  if (scheme.toLowerCase() !== 'digest' || algorithm === undefined || user === undefined) return undefined
  if (realm === undefined || nonce === undefined || uri === undefined || response === undefined) return undefined
  const counted = countedOf(params)
  if (counted === undefined) return undefined
  const read: { -readonly [K in keyof Credentials]: Credentials[K] } = { username: user.username, realm, nonce, uri, response, algorithm }
  if (user.hashed) read.hashed = user.hashed
  const opaque = params.get('opaque')
  if (opaque !== undefined) read.opaque = opaque
  if (counted !== 'none') read.counted = counted
  return read
}

/** The credentials for a realm, of all that a request carries: each realm on its way has its own. RFC 3261 §22.3. */
export function forRealm(all: readonly AuthParams[], realm: string): AuthParams | undefined {
  return all.find(({ scheme, params }) => scheme.toLowerCase() === 'digest' && params.get('realm') === realm)
}

/** One of `username` and `username*`; a hash is never extended. RFC 7616 §3.4. */
function userOf(params: ReadonlyMap<string, string>): Pick<Credentials, 'username' | 'hashed'> | undefined {
  const plain = params.get('username')
  const extended = params.get('username*')
  const hashed = params.get('userhash')?.toLowerCase() === 'true'
  if (extended === undefined) return plain === undefined ? undefined : { username: plain, ...(hashed && { hashed }) }
  const username = plain === undefined && !hashed ? extendedText(extended) : undefined
  return username === undefined ? undefined : { username }
}

/** `UTF-8'language'%41...`. RFC 8187 §3.2.1. */
function extendedText(value: string): string | undefined {
  const text = /^utf-8'[\w-]*'((?:[\w!#$&+.^`|~-]|%[0-9a-f]{2})*)$/i.exec(value)?.[1]
  if (text === undefined) return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function countedOf(params: ReadonlyMap<string, string>): Credentials['counted'] | 'none' {
  const qop = params.get('qop')?.toLowerCase()
  if (qop === undefined) return 'none'
  const ncText = params.get('nc')
  const cnonce = params.get('cnonce')
  if ((qop !== 'auth' && qop !== 'auth-int') || ncText === undefined || cnonce === undefined) return undefined
  return /^[0-9a-f]{8}$/i.test(ncText) ? { qop, nc: Number.parseInt(ncText, 16), ncText, cnonce } : undefined
}

/** A scheme and its parameters, in challenges and credentials. RFC 3261 §25.1, RFC 7616 §3.3, §3.4. */
import { consistsOf, TOKEN } from '../characters.ts'
import type { Cursor } from '../header-def.ts'
import { checkToken } from '../safe-text.ts'
import { checkOnce, type Params, quote } from './params.ts'

/** A challenge or credentials: WWW-Authenticate, Authorization and their proxies' kin. RFC 3261 §25.1. */
export interface AuthParams {
  /** `Digest`; compare in any case. */
  readonly scheme: string
  /** Names lower-cased, values without quotes. */
  readonly params: Params
  /** What follows a scheme that has no `name=value` parameters, as `Bearer`. */
  readonly token?: string
}

export function decodeAuth(at: Cursor): AuthParams | undefined {
  const scheme = at.token()
  at.lws()
  const name = at.until('=,"')
  const equals = at.skip('=')
  if (!equals || at.ended || at.peek() === '=') {
    const token = equals ? `${name}=${at.rest()}` : name
    return at.ended && TOKEN68.test(token) ? { scheme, params: new Map(), token } : undefined
  }
  const params = new Map<string, string>()
  readValue(at, name, params)
  readMore(at, params)
  return at.ended ? { scheme, params } : undefined
}

/** `name=value, name=value`, one at least, without a scheme (RFC 7616 §3.5). */
export function decodeAuthParams(at: Cursor): Params | undefined {
  const params = new Map<string, string>()
  readPair(at, params)
  readMore(at, params)
  return at.ended ? params : undefined
}

function readMore(at: Cursor, params: Map<string, string>): void {
  while (at.skip(',')) readPair(at, params)
}

function readPair(at: Cursor, params: Map<string, string>): void {
  const name = at.until('=,"')
  if (!at.skip('=')) at.fail()
  readValue(at, name, params)
}

/** The value behind `name =`. A name given twice is refused (RFC 7616 §3.4). */
function readValue(at: Cursor, name: string, params: Map<string, string>): void {
  const seen = params.size
  if (!consistsOf(name, TOKEN)) at.fail()
  params.set(lowered(name), at.peek() === '"' ? at.quotedString() : at.until(',"'))
  if (params.size === seen) at.fail()
}

/** Nearly everybody writes it so: looking costs less than a new text. */
function lowered(name: string): string {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    if (code < 0x61 && code > 0x40) return name.toLowerCase()
  }
  return name
}

/** A challenge: `qop` quoted, `algorithm` and `stale` not (RFC 7616 §3.3). */
export function encodeChallenge(value: AuthParams): string {
  return encodeAuth(value, CHALLENGE_TOKENS)
}

/** Credentials: `qop`, `nc`, `algorithm` not quoted (RFC 7616 §3.4). */
export function encodeCredentials(value: AuthParams): string {
  return encodeAuth(value, CREDENTIALS_TOKENS)
}

function encodeAuth({ scheme, params, token }: AuthParams, unquoted: ReadonlySet<string>): string {
  checkToken(scheme, 'A scheme')
  if (token === undefined) return `${scheme} ${formatAuthParams(params, unquoted)}`
  if (!TOKEN68.test(token)) throw new TypeError(`Credentials without names are letters, digits and -._~+/, not ${JSON.stringify(token)}`)
  return `${scheme} ${token}`
}

/** `name="value", ...`; those of `unquoted` bare where they are tokens. */
export function formatAuthParams(params: Params, unquoted: ReadonlySet<string>): string {
  let text = ''
  for (const [name, value] of params) {
    const bare = unquoted.has(name) && consistsOf(value, TOKEN)
    text += `${text === '' ? '' : ', '}${checkToken(checkOnce(name, params), 'A parameter name')}=${bare ? value : quote(value)}`
  }
  return text
}

const CHALLENGE_TOKENS: ReadonlySet<string> = new Set(['algorithm', 'stale', 'userhash'])
const CREDENTIALS_TOKENS: ReadonlySet<string> = new Set(['algorithm', 'qop', 'nc', 'userhash'])
const TOKEN68 = /^[\w\-.~+/]+=*$/

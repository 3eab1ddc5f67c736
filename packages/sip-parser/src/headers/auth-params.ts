/** A scheme and its parameters, in challenges and credentials. RFC 3261 §25.1, RFC 7616 §3.3, §3.4. */
import { consistsOf, TOKEN } from '../characters.ts'
import type { Cursor } from '../header-def.ts'
import { quote } from './params.ts'

export interface AuthParams {
  /** `Digest`; compare in any case. */
  readonly scheme: string
  /** Names lower-cased, values without quotes. */
  readonly params: ReadonlyMap<string, string>
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
    return at.ended && name !== '' ? { scheme, params: new Map(), token } : undefined
  }
  const params = new Map<string, string>()
  readValue(at, name, params)
  while (at.skip(',')) {
    const next = at.until('=,"')
    if (!at.skip('=')) at.fail()
    readValue(at, next, params)
  }
  return at.ended ? { scheme, params } : undefined
}

/** The value behind `name =`. A name given twice is refused (RFC 7616 §3.4). */
function readValue(at: Cursor, name: string, params: Map<string, string>): void {
  const lowered = name.toLowerCase()
  if (params.has(lowered) || !consistsOf(name, TOKEN)) at.fail()
  params.set(lowered, at.peek() === '"' ? at.quotedString() : at.until(',"'))
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
  if (token !== undefined) return `${scheme} ${token}`
  let text = ''
  for (const [name, value] of params) {
    if (!consistsOf(name, TOKEN)) throw new TypeError(`A parameter name is a token, not ${JSON.stringify(name)}`)
    const bare = unquoted.has(name) && consistsOf(value, TOKEN)
    text += `${text === '' ? ' ' : ', '}${name}=${bare ? value : quote(value)}`
  }
  return scheme + text
}

const CHALLENGE_TOKENS: ReadonlySet<string> = new Set(['algorithm', 'stale', 'userhash'])
const CREDENTIALS_TOKENS: ReadonlySet<string> = new Set(['algorithm', 'qop', 'nc', 'userhash'])

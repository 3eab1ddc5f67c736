/** Remembers the challenges met on the way, answers each, and answers ahead while its nonce lasts; plain data. RFC 3261 §22.1 to §22.3, RFC 7616 §3.6. */
import {
  AuthenticationInfo,
  Authorization,
  type AuthParams,
  type HeaderDef,
  type MessageEdit,
  ProxyAuthenticate,
  ProxyAuthenticationInfo,
  ProxyAuthorization,
  type SipResponse,
  WwwAuthenticate,
} from '@strowger/sip-parser'
import { type AuthorizeOptions, authorize, isStale } from './authorize.ts'
import type { DigestHash } from './hash.ts'

/** What one realm asked for; JSON. */
export interface KnownChallenge {
  /** Which header the answer goes into. RFC 3261 §22.2, §22.3. */
  readonly answerIn: 'Authorization' | 'Proxy-Authorization'
  /** Whose password is asked for. */
  readonly realm: string
  /** One per algorithm: scheme and parameters as they came. RFC 8760 §2.3. */
  readonly choices: readonly { readonly scheme: string; readonly params: readonly (readonly [name: string, value: string])[] }[]
  /** How often its nonce was answered. */
  readonly count: number
  /** The same for all answers to one nonce, as session forms want it. RFC 7616 §3.4.2. */
  readonly cnonce: string
}

/** JSON; never changed in place. */
export interface Answering {
  /** The latest of each realm that asked, answered ahead in every request. RFC 7616 §3.6. */
  readonly challenges: readonly KnownChallenge[]
  /** Realms answered since {@link nextExchange}: the same password is not tried twice. RFC 3261 §22.1. */
  readonly answered: readonly string[]
}

/** Whose passwords answer, and with what tools. */
export interface AnsweringOptions {
  /** Who we are for a realm; `undefined` where we have no password, and any realm it likes may ask. RFC 3261 §22.3. */
  readonly userOf: (realm: string) => Pick<AuthorizeOptions, 'username' | 'password' | 'ha1' | 'algorithms' | 'preferIntegrity'> | undefined
  /** Computes digests: `nodeHash` of `@strowger/sip-ua/node` is one. RFC 7616 §3.2. */
  readonly hash: DigestHash
  /** At least 64 random bits as a token. */
  readonly token: () => string
}

/** Before the first challenge. */
export const NO_CHALLENGES: Answering = { challenges: [], answered: [] }

/**
 * Takes a 401 or 407. `undefined` when another try is not worth it: a realm was answered already and its nonce is not stale, or we have no
 * password for it.
 */
export function takeChallenges(answering: Answering, response: SipResponse, options: AnsweringOptions): Answering | undefined {
  if ((response.status !== 401 && response.status !== 407) || answering.answered.length >= MOST) return undefined
  const asked = [...grouped(response, 'Authorization', options), ...grouped(response, 'Proxy-Authorization', options)]
  const worth = asked.every(
    ({ challenge, stale }) => (stale || !answering.answered.includes(nameOf(challenge))) && isAnswerable(challenge, options),
  )
  if (asked.length === 0 || !worth) return undefined
  const fresh = asked.map(({ challenge }) => challenge)
  const kept = answering.challenges.filter(old => !fresh.some(each => nameOf(each) === nameOf(old)))
  return { challenges: [...kept, ...fresh], answered: [...answering.answered, ...fresh.map(nameOf)] }
}

/** Puts an answer to every known challenge into `request`. `uri` is its Request-URI as text, `body` as it goes out. */
export function answerChallenges(
  answering: Answering,
  request: MessageEdit,
  { uri, body }: { readonly uri: string; readonly body?: Uint8Array },
  options: AnsweringOptions,
): Answering {
  const challenges = answering.challenges.map(each => ({ ...each, count: each.count + 1 }))
  for (const challenge of challenges) {
    const value = answerTo(challenge, { method: request.method ?? '', uri, ...(body && { body }) }, options)
    if (value) request.append(ANSWERS[challenge.answerIn], value)
  }
  return { ...answering, challenges }
}

/** The exchange is over: the next challenge is answered whatever it says. */
export function nextExchange(answering: Answering): Answering {
  return { ...answering, answered: [] }
}

/** Takes a 2xx: goes on with the nonce that it names for the next request. RFC 7616 §3.5. */
export function takeNextNonce(answering: Answering, response: SipResponse): Answering {
  const next = {
    Authorization: response.headers.get(AuthenticationInfo)?.nextnonce,
    'Proxy-Authorization': response.headers.get(ProxyAuthenticationInfo)?.nextnonce,
  }
  // Who sent the nonce is not said: only a lone challenge of its kind is sure to be meant.
  const isLone = (kind: string) => answering.challenges.filter(each => each.answerIn === kind).length === 1
  return {
    ...answering,
    challenges: answering.challenges.map(each => (isLone(each.answerIn) ? withNonce(each, next[each.answerIn]) : each)),
  }
}

function withNonce(challenge: KnownChallenge, nonce: string | undefined): KnownChallenge {
  if (nonce === undefined) return challenge
  const choices = challenge.choices.map(({ scheme, params }) => ({
    scheme,
    params: params.map(each => (each[0] === 'nonce' ? (['nonce', nonce] as const) : each)),
  }))
  return { ...challenge, choices, count: 0 }
}

interface AskedNow {
  readonly challenge: KnownChallenge
  readonly stale: boolean
}

function grouped({ headers }: SipResponse, answerIn: KnownChallenge['answerIn'], { token }: AnsweringOptions): readonly AskedNow[] {
  const byRealm = new Map<string, AuthParams[]>()
  for (const value of headers.all(CHALLENGES[answerIn])) {
    const realm = value.params.get('realm')
    if (realm !== undefined) byRealm.set(realm, [...(byRealm.get(realm) ?? []), value])
  }
  return [...byRealm].map(([realm, values]) => {
    const choices = values.map(({ scheme, params }) => ({ scheme, params: [...params] }))
    return { challenge: { answerIn, realm, choices, count: 0, cnonce: token() }, stale: values.some(isStale) }
  })
}

function isAnswerable(challenge: KnownChallenge, options: AnsweringOptions): boolean {
  return answerTo({ ...challenge, count: 1 }, { method: 'OPTIONS', uri: 'sip:a@b.invalid' }, options) !== undefined
}

function answerTo(
  { realm, choices, count, cnonce }: KnownChallenge,
  request: Pick<AuthorizeOptions, 'method' | 'uri' | 'body'>,
  { userOf, hash }: AnsweringOptions,
): AuthParams | undefined {
  const user = userOf(realm)
  const challenges = choices.map(({ scheme, params }) => ({ scheme, params: new Map(params) }))
  return user && authorize({ ...user, ...request, challenges, realm, hash, cnonce, nc: count })
}

const nameOf = ({ answerIn, realm }: KnownChallenge): string => `${answerIn} ${realm}`

const ANSWERS: Readonly<Record<KnownChallenge['answerIn'], HeaderDef<AuthParams>>> = {
  Authorization,
  'Proxy-Authorization': ProxyAuthorization,
}
const CHALLENGES: Readonly<Record<KnownChallenge['answerIn'], HeaderDef<AuthParams>>> = {
  Authorization: WwwAuthenticate,
  'Proxy-Authorization': ProxyAuthenticate,
}

/** Challenges answered in one exchange, stale nonces included, before we give up. */
const MOST = 8

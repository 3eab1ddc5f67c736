/** Answers the challenges of every proxy on the way and of the far end, and answers ahead from then on. RFC 3261 §22.1 to §22.3. */
import {
  Authorization,
  type AuthParams,
  type HeaderDef,
  type MessageEdit,
  ProxyAuthenticate,
  ProxyAuthorization,
  type SipResponse,
  WwwAuthenticate,
} from '@strowger/sip-parser'
import { authorize, isStale } from '../digest/authorize.ts'
import type { State } from './agent-state.ts'
import { textOf } from './bytes.ts'
import type { Ask, Call, Challenge, HeaderLine } from './call.ts'

/**
 * Notes what a 401 or 407 asks for. The realms answered now, when another try is worth it: each is new in this exchange or only its
 * nonce was stale, and we have a password for each. A forking proxy may pass on challenges of several realms (RFC 3261 §16.7).
 */
export function learn(state: State, call: Call, ask: Ask, response: SipResponse): readonly string[] | undefined {
  if ((response.status !== 401 && response.status !== 407) || ask.answered.length >= MOST) return undefined
  const found = [...group(response, 'Authorization', WwwAuthenticate), ...group(response, 'Proxy-Authorization', ProxyAuthenticate)]
  if (found.length === 0) return undefined
  for (const [challenge, stale] of found) {
    if (ask.answered.includes(nameOf(challenge)) && !stale) return undefined
    if (!isAnswerable(state, challenge)) return undefined
  }
  const fresh = found.map(([challenge]) => challenge)
  call.challenges = [...call.challenges.filter(old => !fresh.some(each => nameOf(each) === nameOf(old))), ...fresh]
  return [...ask.answered, ...fresh.map(nameOf)]
}

/** Puts an answer to every known challenge into a request. */
export function putCredentials(state: State, call: Call, edit: MessageEdit, body?: Uint8Array): MessageEdit {
  if (call.challenges.length === 0) return edit
  const uri = requestUriOf(edit)
  for (const challenge of call.challenges) {
    challenge.count += 1
    const value = answerTo(state, challenge, edit.method ?? '', uri, body)
    if (value !== undefined) edit.append(HEADERS[challenge.answerIn], value)
  }
  return edit
}

/** The credentials of an INVITE as they stand, for its ACK. RFC 3261 §22.1. */
export function credentialLines(edit: MessageEdit): readonly HeaderLine[] {
  return (Object.keys(HEADERS) as Challenge['answerIn'][]).flatMap(name =>
    edit.all(HEADERS[name]).map((value): HeaderLine => [name, HEADERS[name].encode(value)]),
  )
}

function group(response: SipResponse, answerIn: Challenge['answerIn'], header: HeaderDef<AuthParams>): [Challenge, stale: boolean][] {
  const byRealm = new Map<string, AuthParams[]>()
  for (const value of response.headers.all(header)) {
    const realm = value.params.get('realm')
    if (realm !== undefined) byRealm.set(realm, [...(byRealm.get(realm) ?? []), value])
  }
  return [...byRealm].map(([realm, values]) => [
    { answerIn, realm, choices: values.map(({ scheme, params }) => ({ scheme, params: [...params] })), count: 0 },
    values.some(isStale),
  ])
}

function isAnswerable(state: State, challenge: Challenge): boolean {
  return answerTo(state, { ...challenge, count: 1 }, 'INVITE', 'sip:a@b.invalid') !== undefined
}

function answerTo(
  { options: { hash, credentials, token } }: State,
  { realm, choices, count }: Challenge,
  method: string,
  uri: string,
  body?: Uint8Array,
): AuthParams | undefined {
  const user = hash === undefined ? undefined : credentials?.(realm)
  if (hash === undefined || user === undefined) return undefined
  const challenges = choices.map(({ scheme, params }) => ({ scheme, params: new Map(params) }))
  return authorize({ ...user, challenges, realm, method, uri, hash, cnonce: token(), nc: count, ...(body && { body }) })
}

/** As it stands in the request line. RFC 3261 §22.4 item 1. */
function requestUriOf(edit: MessageEdit): string {
  return textOf(edit.toBytes()).split(' ', 2)[1] ?? ''
}

const nameOf = ({ answerIn, realm }: Challenge): string => `${answerIn} ${realm}`

const HEADERS: Readonly<Record<Challenge['answerIn'], HeaderDef<AuthParams>>> = {
  Authorization,
  'Proxy-Authorization': ProxyAuthorization,
}

/** Challenges answered in one exchange, stale nonces included, before we give up. */
const MOST = 8

/** Answers the challenges of every proxy on the way and of the far end, and answers ahead from then on. RFC 3261 §22.1 to §22.3. */
import { Authorization, type MessageEdit, ProxyAuthorization, type SipResponse } from '@strowger/sip-parser'
import { type AnsweringOptions, answerChallenges, takeChallenges, takeNextNonce } from '../digest/answering.ts'
import { requestUriText } from '../digest/request-uri.ts'
import type { State } from './agent-state.ts'
import type { Ask, Call, HeaderLine } from './call.ts'

/**
 * Notes what a 401 or 407 asks for. The realms answered now, when another try is worth it: each is new in this exchange or only its
 * nonce was stale, and we have a password for each. A forking proxy may pass on challenges of several realms (RFC 3261 §16.7).
 */
export function learn(state: State, call: Call, ask: Ask, response: SipResponse): readonly string[] | undefined {
  const options = answeringOptions(state)
  const taken = options && takeChallenges({ challenges: call.challenges, answered: ask.answered }, response, options)
  if (taken !== undefined) call.challenges = taken.challenges
  return taken?.answered
}

/** A 2xx may name the nonce for the next request. RFC 7616 §3.5. */
export function learnNextNonce(call: Call, response: SipResponse): void {
  call.challenges = takeNextNonce({ challenges: call.challenges, answered: [] }, response).challenges
}

/** Puts an answer to every known challenge into a request. */
export function putCredentials(state: State, call: Call, edit: MessageEdit, body?: Uint8Array): MessageEdit {
  const options = answeringOptions(state)
  if (options === undefined || call.challenges.length === 0) return edit
  const request = { uri: requestUriText(edit), ...(body && { body }) }
  call.challenges = answerChallenges({ challenges: call.challenges, answered: [] }, edit, request, options).challenges
  return edit
}

/** The credentials of an INVITE as they stand, for its ACK. RFC 3261 §22.1. */
export function credentialLines(edit: MessageEdit): readonly HeaderLine[] {
  return [Authorization, ProxyAuthorization].flatMap(header =>
    edit.all(header).map((value): HeaderLine => [header.name, header.encode(value)]),
  )
}

function answeringOptions({ options: { hash, credentials, token } }: State): AnsweringOptions | undefined {
  return hash === undefined || credentials === undefined ? undefined : { userOf: credentials, hash, token }
}

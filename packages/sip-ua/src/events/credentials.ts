/** Signs the requests of one account: who answers which challenge. RFC 3261 §22.1 to §22.3. */
import type { MessageEdit, SipResponse } from '@strowger/sip-parser'
import {
  type Answering,
  type AnsweringOptions,
  answerChallenges,
  NO_CHALLENGES,
  nextExchange,
  takeChallenges,
  takeNextNonce,
} from '../digest/answering.ts'
import type { AuthorizeOptions } from '../digest/authorize.ts'
import type { DigestHash } from '../digest/hash.ts'
import { requestUriText } from '../digest/request-uri.ts'

/** Whose password it is. Not part of any saved state. */
export interface Account extends Pick<AuthorizeOptions, 'username' | 'password' | 'ha1'> {
  /** Answer challenges of this realm only. Default: any. */
  readonly realm?: string
  /** Computes digests: `nodeHash` of `@strowger/sip-ua/node` is one. RFC 7616 §3.2. */
  readonly hash: DigestHash
}

/** JSON. What the challenges on the way said. */
export type Challenged = Answering

export const UNCHALLENGED: Challenged = NO_CHALLENGES

/** What signing needs besides the request. Without `account` no challenge is answered. */
export interface Signer {
  readonly account?: Account
  /** At least 64 random bits as a token. */
  readonly token: () => string
}

/** What follows from a final response: `again` when it is a challenge worth another try of the same request. */
export function afterResponse(
  state: Challenged,
  response: SipResponse | undefined,
  { account, token }: Signer,
): { readonly challenged: Challenged; readonly again: boolean } {
  const taken = response && account && takeChallenges(state, response, optionsOf(account, token))
  if (taken) return { challenged: taken, again: true }
  const settled = nextExchange(state)
  return { challenged: response && response.status < 300 ? takeNextNonce(settled, response) : settled, again: false }
}

/** Puts credentials into `edit` for what was asked before, and counts them. Call it when the request is otherwise complete, with its body. */
export function sign(state: Challenged, edit: MessageEdit, { account, token }: Signer, body?: Uint8Array): Challenged {
  if (!account || state.challenges.length === 0) return state
  return answerChallenges(state, edit, { uri: requestUriText(edit), ...(body && { body }) }, optionsOf(account, token))
}

function optionsOf(account: Account, token: () => string): AnsweringOptions {
  const { realm: ours, hash } = account
  return { userOf: realm => (ours === undefined || ours === realm ? account : undefined), hash, token }
}

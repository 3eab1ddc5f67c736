/** Responses to requests of either leg. RFC 3261 §8.2.6, §12.1.1, §13.3.1. */
import { type MessageEdit, responseTo, type SipRequest, type SipResponse } from '@strowger/sip-parser'
import type { Incoming } from '@strowger/sip-transaction'
import { copyHeaders, putRetryAfter } from './headers.ts'
import type { State } from './state.ts'

export interface AnswerOptions {
  readonly toTag?: string
  /** Makes or refreshes a dialog. */
  readonly recordRoute?: boolean
  readonly fill?: (edit: MessageEdit, request: SipRequest) => void
}

/** Answers a server transaction of ours; nothing when it has had its final answer. Returns what was sent. */
export function answer(state: State, server: number, status: number, options: AnswerOptions = {}): MessageEdit | undefined {
  const work = state.works.get(server)
  if (work?.side !== 'server' || isAnswered(work.handle.state)) return undefined
  const { toTag, recordRoute = false, fill } = options
  const edit = responseTo(work.handle.request, status, { recordRoute, ...(toTag === undefined ? {} : { toTag }) })
  fill?.(edit, work.handle.request)
  state.layer.respond(state.now, work.handle, edit)
  return edit
}

/** Answers without remembering; `seconds` as Retry-After. */
export function refuse(state: State, incoming: Incoming, status: number, fill?: (edit: MessageEdit) => void): void {
  if (incoming.request.method === 'ACK') return
  const edit = responseTo(incoming.request, status)
  fill?.(edit)
  state.layer.replyStateless(incoming, edit)
}

/** What of a far end's refusal the other side is told beside the status. Warning is not: it holds the far end's address (RFC 3261 §20.43). */
export function copyRefusal(edit: MessageEdit, response: SipResponse): void {
  copyHeaders(edit, response, ['Reason', 'Retry-After'])
}

export const retryAfter =
  (seconds: number) =>
  (edit: MessageEdit): void => {
    putRetryAfter(edit, seconds)
  }

/** Past its final response a transaction's request is gone. */
function isAnswered(state: string): boolean {
  return state !== 'proceeding' && state !== 'trying'
}

/** What the transaction layer puts out, brought to the call it concerns. RFC 3261 §12.2, §13, RFC 6026 §8.9. */
import { CallId, CSeq, From, type SipRequest, type SipResponse, To, tagOf } from '@strowger/sip-parser'
import type { Incoming, Output } from '@strowger/sip-transaction'
import { dialogIdOf } from '../dialog.ts'
import { acknowledge } from './acknowledge.ts'
import { callerId, type State } from './agent-state.ts'
import { type Call, firstAsk } from './call.ts'
import { cancelled } from './cancelled.ts'
import { receiveInvite } from './incoming.ts'
import { answeredLate, noMoreForks } from './invite-responds.ts'
import { receiveInDialog } from './receive-request.ts'
import { receiveFailure, receiveResponse } from './receive-response.ts'

/** Whether the output was the agent's business, and the call that may have changed. */
export interface Dispatched {
  readonly ours: boolean
  readonly call?: Call | undefined
}

export function dispatch(state: State, output: Output): Dispatched {
  switch (output.kind) {
    case 'request':
      return receiveRequest(state, output.incoming)
    case 'unmatched':
      return receiveUnmatched(state, output.message)
    case 'transmit':
      return { ours: false }
    default:
      return ofTransaction(state, output)
  }
}

function receiveRequest(state: State, incoming: Incoming): Dispatched {
  const to = incoming.request.headers.get(To)
  if (to !== undefined && tagOf(to) !== undefined) {
    const call = receiveInDialog(state, incoming)
    return { ours: call !== undefined, call }
  }
  return incoming.request.method === 'INVITE' ? { ours: true, call: receiveInvite(state, incoming) } : { ours: false }
}

function ofTransaction(state: State, output: Exclude<Output, { kind: 'request' | 'unmatched' | 'transmit' }>): Dispatched {
  const { id } = output.transaction
  const call = state.calls.get(state.transactions.get(id)?.call ?? '')
  if (call === undefined) return { ours: false }
  const ask = call.asks.find(({ transaction }) => transaction === id)
  const serving = call.servings.find(({ transaction }) => transaction === id)
  if (output.kind === 'response' && ask !== undefined)
    receiveResponse(state, call, ask, output.response, ask.done ? undefined : output.transaction.request)
  else if (output.kind === 'failed' && ask !== undefined)
    receiveFailure(
      state,
      call,
      ask,
      output.cause,
      ask.done || output.transaction.side === 'server' ? undefined : output.transaction.request,
    )
  else if (output.kind === 'cancelled' && serving !== undefined) cancelled(state, call, serving, output.cancel)
  else if (output.kind === 'terminated') terminated(state, call, id)
  return { ours: true, call }
}

/** The layer's last word: whatever the call kept for the transaction goes. */
function terminated(state: State, call: Call, id: number): void {
  state.transactions.delete(id)
  const ask = firstAsk(call)
  if (ask?.transaction === id && call.chosen !== undefined) {
    const { cseq, auth, acks } = ask
    call.late = { cseq, acks, ...(auth && { auth }) }
    noMoreForks(state, call)
  }
  call.asks = call.asks.filter(({ transaction }) => transaction !== id)
}

/** ACKs are nobody else's; a 2xx that comes again after its transaction wants its ACK again. RFC 3261 §13.2.2.4. */
function receiveUnmatched(state: State, message: SipRequest | SipResponse): Dispatched {
  if (message.kind === 'request') return { ours: message.method === 'ACK', call: acknowledge(state, message) }
  const call = state.calls.get(state.dialogs.get(dialogIdOf(message)) ?? state.callers.get(callerIdOf(message)) ?? '')
  const cseq = message.headers.get(CSeq)
  if (call === undefined) return { ours: false }
  if (cseq?.method === 'INVITE' && message.status >= 200 && message.status < 300) answeredLate(state, call, message, cseq.sequence)
  return { ours: true, call }
}

/** {@link callerId} of the call that a response belongs to, whoever sent it. */
function callerIdOf({ headers }: SipResponse): string {
  const from = headers.get(From)
  return callerId({ callId: headers.get(CallId) ?? '', localTag: (from && tagOf(from)) ?? '' })
}

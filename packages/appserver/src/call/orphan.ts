/** A 2xx that no call waits for is acknowledged and hung up: a phone that lost a race, or one that an earlier life of ours had called. RFC 3261 §13.2.2.4. */
import { CallId, CSeq, From, formatUri, type SipResponse, To, tagOf } from '@strowger/sip-parser'
import { type Dialog, dialogAsClient, requestIn } from '@strowger/sip-ua'
import type { Side } from './call.ts'
import { sendAck } from './send.ts'
import { hopTo, type State } from './state.ts'

/** Nothing is remembered: all that is needed stands in the response. */
export function endOrphan(state: State, response: SipResponse, side: Side): void {
  const { headers } = response
  const [from, to, callId, cseq] = [headers.get(From), headers.get(To), headers.get(CallId), headers.get(CSeq)]
  if (from === undefined || to === undefined || callId === undefined || cseq?.method !== 'INVITE') return
  const seed = {
    callId,
    localTag: tagOf(from) ?? '',
    localUri: formatUri(from.uri),
    remoteUri: formatUri(to.uri),
    remoteTarget: formatUri(to.uri),
    localSequence: cseq.sequence,
    secure: false,
  }
  const dialog = dialogAsClient(seed, response)
  if (dialog !== undefined) ackAndBye(state, dialog, side, cseq.sequence)
}

export function ackAndBye(state: State, dialog: Dialog, side: Side, cseq: number): void {
  sendAck(state, dialog, side, cseq)
  state.layer.send(state.now, requestIn(dialog, 'BYE').edit, hopTo(state, side))
}

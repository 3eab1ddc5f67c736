/** Requests inside a leg's dialog, and the ACK of its 2xx. They go to the leg's own proxy, whatever a Route says. RFC 3261 §12.2.1.1. */
import type { MessageEdit } from '@strowger/sip-parser'
import { ackFor2xx, type Dialog, requestIn } from '@strowger/sip-ua'
import { putSdp } from './body.ts'
import type { AnyLeg, Call, Side } from './call.ts'
import { type ClientWork, hopTo, type State, setDialog } from './state.ts'

/** Sends a request in the dialog of `leg`. `server`: the transaction that its response answers. Returns the client transaction's id and CSeq. */
export function sendInDialog(
  state: State,
  call: Call,
  leg: AnyLeg,
  method: string,
  is: ClientWork,
  fill: (edit: MessageEdit) => void = () => {},
  server?: number,
): { readonly client: number; readonly cseq: number } {
  if (leg.dialog === undefined) throw new TypeError(`leg ${leg.name} of ${call.id} has no dialog to send ${method} in`)
  const { dialog, edit } = requestIn(leg.dialog, method)
  setDialog(state, call, leg, dialog)
  fill(edit)
  const handle = state.layer.send(state.now, edit, hopTo(state, leg.side))
  state.works.set(handle.id, {
    side: 'client',
    handle,
    call: call.id,
    leg: leg.name,
    is,
    towards: leg.side,
    ...(server === undefined ? {} : { server }),
  })
  return { client: handle.id, cseq: dialog.localSequence }
}

export function sendAck(state: State, dialog: Dialog, side: Side, cseq: number, sdp = ''): void {
  state.layer.sendStateless(putSdp(ackFor2xx(dialog, cseq), sdp), hopTo(state, side))
}

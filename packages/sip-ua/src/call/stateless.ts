/** Answers that leave nothing behind: refusals of what begins nothing here. RFC 3261 §8.2.7, §11.2. */
import { type MessageEdit, responseTo, To, tagOf } from '@strowger/sip-parser'
import type { Incoming } from '@strowger/sip-transaction'
import type { State } from './agent-state.ts'
import { SDP } from './description.ts'
import { allow, extensions, putProduct } from './our-headers.ts'
import { putRefusal, type Refusal } from './screen.ts'

export function refuseStateless(state: State, incoming: Incoming, refusal: Refusal): void {
  reply(state, incoming, refusal.status, edit => putRefusal(edit, refusal))
}

/** What nobody wants: 200 to OPTIONS, 481 inside a dialog that is not there, 405 to the rest. */
export function declineStranger(state: State, incoming: Incoming): void {
  const { request } = incoming
  const to = request.headers.get(To)
  if (request.method === 'OPTIONS' && (to === undefined || tagOf(to) === undefined)) {
    reply(state, incoming, 200, edit => abilities(state, edit))
    return
  }
  const status = to !== undefined && tagOf(to) !== undefined ? 481 : 405
  reply(state, incoming, status, edit => (status === 405 ? edit.raw('Allow', allow(state.options)) : edit))
}

/** RFC 3261 §11.2. */
export function abilities({ options }: State, edit: MessageEdit): MessageEdit {
  return edit.raw('Allow', allow(options)).raw('Accept', SDP).raw('Supported', extensions(options).join(', '))
}

function reply(state: State, incoming: Incoming, status: number, fill: (edit: MessageEdit) => MessageEdit): void {
  state.layer.replyStateless(incoming, putProduct(fill(responseTo(incoming.request, status)), state.options))
}

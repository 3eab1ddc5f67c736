/** A peer that answers with whatever a test wants, where an agent would be too well-behaved. */
import { type MessageEdit, responseTo, type SipRequest } from '@strowger/sip-parser'
import type { Output } from '@strowger/sip-transaction'
import type { Party } from './net.ts'

/** What to say to the `nth` request of its method, beginning with 0. `undefined` leaves it to the agent; 0 says nothing at all. */
export type Answer = (
  request: SipRequest,
  nth: number,
) => number | readonly [status: number, fill: (edit: MessageEdit) => unknown] | undefined

export function stub(party: Party, answer: Answer): void {
  const seen = new Map<string, number>()
  party.core = (output: Output) => {
    if (output.kind !== 'request') return false
    const { request } = output.incoming
    const nth = seen.get(request.method) ?? 0
    seen.set(request.method, nth + 1)
    const said = answer(request, nth)
    if (said === undefined) return false
    const [status, fill] = typeof said === 'number' ? [said, () => {}] : said
    const transaction = party.layer.accept(party.now, output.incoming)
    if (status === 0) return true
    const edit = responseTo(request, status, { toTag: 'stub', recordRoute: true })
    fill(edit)
    party.layer.respond(party.now, transaction, edit)
    return true
  }
}

/** A response as the stub writes it. */
export function respond(request: SipRequest, status: number, fill: (edit: MessageEdit) => unknown = () => {}): MessageEdit {
  const edit = responseTo(request, status, { toTag: 'stub', recordRoute: true })
  fill(edit)
  return edit
}

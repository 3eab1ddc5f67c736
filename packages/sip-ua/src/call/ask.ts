/** Sends our requests and remembers what they are for. RFC 3261 §8.1.1, §12.2.1.1. */
import { Authorization, CSeq, type MessageEdit, ProxyAuthorization, edit as rewrite, type SipRequest, Via } from '@strowger/sip-parser'
import type { Hop } from '@strowger/sip-transaction'
import { ackFor2xx, requestIn } from '../dialog-request.ts'
import { type State, type Wanted, wantedOf } from './agent-state.ts'
import { bytesOf } from './bytes.ts'
import type { Ask, Call, CallDialog, HeaderLine } from './call.ts'
import { credentialLines, putCredentials } from './credentials.ts'
import { putDescription } from './description.ts'
import { putLines, putOurs, putProduct } from './our-headers.ts'
import { says } from './session.ts'
import { putTimerRequest } from './timer-headers.ts'

/** What is remembered of a request; the rest follows from it. */
export type Asking = Pick<Ask, 'is' | 'method' | 'headers'> &
  Partial<Pick<Ask, 'dialog' | 'id' | 'offer' | 'answered' | 'rounds' | 'refresh'>> & { readonly body?: Uint8Array }

/** By the first way there is, or by `next`, where others have been tried. */
interface Goal extends Wanted {
  readonly next?: Hop
  readonly tried?: readonly Hop[]
}

/** `edit` without Via and credentials. */
export function sendAsk(
  state: State,
  call: Call,
  edit: MessageEdit,
  { uri, from, next, tried = [] }: Goal,
  { body, ...asking }: Asking,
): Ask {
  putCredentials(state, call, edit, body ?? (asking.offer === undefined ? undefined : bytesOf(asking.offer)))
  const hop = next ?? state.options.hop(uri, from, edit)
  const handle = state.layer.send(state.now, edit, hop)
  const ask: Ask = {
    answered: [],
    rounds: 0,
    ...asking,
    transaction: handle.id,
    cseq: edit.get(CSeq)?.sequence ?? 0,
    acks: {},
    done: false,
    ...(asking.method === 'INVITE' && { auth: credentialLines(edit) }),
  }
  call.asks.push(ask)
  state.transactions.set(handle.id, { call: call.id, handle, way: { uri, from, tried: [...tried, hop] } })
  return ask
}

/** A request in a dialog. `fill`: what else goes in. */
export function askInDialog(state: State, call: Call, at: CallDialog, asking: Asking, fill?: (edit: MessageEdit) => void): Ask {
  const { dialog, edit } = requestIn(at.dialog, asking.method)
  at.dialog = dialog
  if (REFRESHING.has(asking.method)) putTimerRequest(putOurs(edit, state.options, call.contact), call)
  putDescription(putProduct(putLines(edit, asking.headers), state.options), asking.offer)
  fill?.(edit)
  return sendAsk(state, call, edit, wantedOf(call, at), { ...asking, dialog: dialog.remoteTag })
}

/** The request as it was, for another way; the credentials are put in by {@link sendAsk}. RFC 3263 §4.3. */
export function sameRequest(request: SipRequest): MessageEdit {
  return rewrite(request).removeFirst(Via).remove(Authorization).remove(ProxyAuthorization)
}

/** The request as it was, after a change: a new CSeq and new credentials are put in by {@link sendAsk}. */
export function withNextSequence(edit: MessageEdit, sequence: number, method: string): MessageEdit {
  return edit.replace(CSeq, { sequence, method }).remove(Authorization).remove(ProxyAuthorization)
}

/** What its ACKs need of an INVITE. */
export type Acknowledging = Pick<Ask, 'cseq' | 'auth' | 'acks'>

/** The ACK of a 2xx, the first time and each time the 2xx comes again. RFC 3261 §13.2.2.4. */
export function sendAck(state: State, call: Call, ask: Acknowledging, at: CallDialog, description?: string): void {
  const { remoteTag } = at.dialog
  if (!isAcknowledged(ask, at)) says(at, { method: 'ACK', description })
  ask.acks[remoteTag] = description ?? ask.acks[remoteTag] ?? ''
  const body = ask.acks[remoteTag]
  const ack = putLines(ackFor2xx(at.dialog, ask.cseq), ask.auth as readonly HeaderLine[] | undefined)
  const { uri, from } = wantedOf(call, at)
  state.layer.sendStateless(putDescription(ack, body === '' ? undefined : body), state.options.hop(uri, from, ack))
}

export function isAcknowledged(ask: Acknowledging, at: CallDialog): boolean {
  return ask.acks[at.dialog.remoteTag] !== undefined
}

const REFRESHING: ReadonlySet<string> = new Set(['INVITE', 'UPDATE'])

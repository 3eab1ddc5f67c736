/** Answers the far end's requests and remembers them until their transaction ends. RFC 3261 §8.2.6, §13.3.1.4. */
import { type MessageEdit, parse, RetryAfter, responseTo, edit as rewrite, type SipRequest } from '@strowger/sip-parser'
import type { Incoming, ServerTransaction } from '@strowger/sip-transaction'
import { retryAfterSeconds } from '../glare.ts'
import { answered } from '../reliable-1xx.ts'
import { startReliable2xx } from '../reliable-2xx.ts'
import { handleOf, type State } from './agent-state.ts'
import { bytesOf, textOf } from './bytes.ts'
import { type Call, dialogTagged, type Said, type Serving } from './call.ts'
import { putDescription } from './description.ts'
import { putLines, putOurs, putProduct } from './our-headers.ts'
import { type Spoken, says } from './session.ts'
import { putTimerAnswer } from './timer-headers.ts'

/** Takes the request on: from here it has a transaction. */
export function serve(state: State, call: Call, incoming: Incoming, is: Serving['is'], at: Pick<Serving, 'dialog' | 'cseq'>): Serving {
  const handle = state.layer.accept(state.now, incoming)
  const serving: Serving = { transaction: handle.id, is, method: incoming.request.method, id: call.nextId++, done: false, ...at }
  call.servings.push(serving)
  state.transactions.set(handle.id, { call: call.id, handle })
  return serving
}

/** The request, while it has no final response. */
export function requestOf(state: State, serving: Serving): SipRequest | undefined {
  const handle = handleOf(state, serving.transaction)
  return handle === undefined || serving.done ? undefined : handle.request
}

/** Sends a response; nothing when the request has had its final one. */
export function respond(
  state: State,
  call: Call,
  serving: Serving,
  said: Said,
  fill?: (edit: MessageEdit) => void,
): MessageEdit | undefined {
  const request = requestOf(state, serving)
  if (request === undefined) return undefined
  const { status, headers } = said
  const description = described(call, serving, said)
  const edit = responseTo(request, status, { toTag: call.localTag, recordRoute: status < 300 })
  if (status < 300 && WITH_CONTACT.has(serving.method)) putOurs(edit, state.options, call.contact)
  if (status >= 200 && status < 300 && REFRESHING.has(serving.method)) putTimerAnswer(edit, state, call, request)
  putDescription(putProduct(putLines(edit, headers), state.options), description)
  fill?.(edit)
  if (status >= 200) conclude(serving)
  state.layer.respond(state.now, handleOf(state, serving.transaction) as ServerTransaction, edit)
  return edit
}

/** What of a description goes out, the response being a step of the session: in a 2xx or a reliable 1xx only what is an offer or an answer. */
function described(call: Call, serving: Serving, { status, description }: Said): string | undefined {
  const at = dialogTagged(call, serving.dialog)
  if (at === undefined || serving.inExchange === undefined) return description
  const method = serving.method as Spoken['method']
  const reliable = serving.reliable !== undefined
  const verdict = says(at, { method, status, reliable, description })
  // A 2xx without an offer where they asked for ours: the call stands without a session.
  if (verdict === 'not allowed') says(at, { method, status: 488 })
  return verdict === 'offer' || verdict === 'answer' || (status < 200 && !reliable) ? description : undefined
}

/** RFC 3262 §3: after a final response no reliable 1xx goes out again. */
function conclude(serving: Serving): void {
  serving.done = true
  if (serving.reliable !== undefined) serving.reliable = answered(serving.reliable)
}

/** A 500 or 491 to an offer that crossed another. RFC 3261 §14.2, RFC 3311 §5.2. */
export function refuseCrossing(state: State, call: Call, serving: Serving, status: 491 | 500): void {
  const seconds = retryAfterSeconds(state.options.random())
  respond(state, call, serving, { status }, edit => (status === 500 ? edit.append(RetryAfter, { seconds }) : edit))
}

/** A 2xx to an INVITE goes out again until its ACK comes, whatever the transport. RFC 3261 §13.3.1.4. */
export function respond2xx(state: State, call: Call, serving: Serving, said: Said): void {
  const edit = respond(state, call, serving, said)
  if (edit === undefined || serving.method !== 'INVITE') return
  serving.final = { wire: textOf(edit.toBytes()), repeat: startReliable2xx(state.now, state.options.timers) }
}

/** Bytes that went out once, again. */
export function repeat(state: State, serving: Serving, wire: string): void {
  const handle = handleOf(state, serving.transaction)
  const message = parse(bytesOf(wire))
  if (handle?.side === 'server' && message.kind === 'response') state.layer.respond(state.now, handle, rewrite(message))
}

const REFRESHING: ReadonlySet<string> = new Set(['INVITE', 'UPDATE'])
/** Their 2xx say where we are. RFC 3261 §12.1.1, RFC 3311 §5.2, RFC 6665 §4.2.1.2. */
const WITH_CONTACT: ReadonlySet<string> = new Set([...REFRESHING, 'SUBSCRIBE', 'NOTIFY', 'REFER'])

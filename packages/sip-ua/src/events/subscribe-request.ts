/** Writes SUBSCRIBEs and reads the answers to them. RFC 6665 §4.1.2. */
import {
  Accept,
  CallId,
  Contact,
  CSeq,
  Event,
  Expires,
  From,
  MaxForwards,
  type MessageEdit,
  MinExpires,
  newRequest,
  RetryAfter,
  Route,
  type SipResponse,
  To,
  type Uri,
} from '@strowger/sip-parser'
import type { Dialog } from '../dialog.ts'
import { requestIn } from '../dialog-request.ts'
import { type EventName, eventValue } from './event-package.ts'
import type { SubscribeAnswer } from './subscriber-usage.ts'
import { uriOf } from './uri-of.ts'

/** What is wanted, as JSON. */
export interface SubscribeWish {
  /** Request-URI and To: whose state. */
  readonly target: string
  /** Who asks. */
  readonly from: string
  /** Where NOTIFYs reach us. RFC 6665 §4.1.2.1. */
  readonly contact: string
  readonly event: EventName
  /** Media types we can read; empty leaves it to the package. RFC 6665 §4.1.2.1. */
  readonly accept: readonly string[]
  /** Pre-loaded Route, first to be visited first; loose routers. RFC 3261 §8.1.1.1. */
  readonly routes?: readonly string[]
}

/** A SUBSCRIBE outside any dialog: its Call-ID and tag name the subscriptions it makes. RFC 6665 §4.1.2.1. */
export function newSubscribe(
  wish: SubscribeWish,
  {
    callId,
    localTag,
    sequence,
    seconds,
  }: { readonly callId: string; readonly localTag: string; readonly sequence: number; readonly seconds: number },
): MessageEdit {
  const edit = newRequest('SUBSCRIBE', uriOf(wish.target))
  for (const route of wish.routes ?? []) edit.append(Route, { uri: uriOf(route), params: NO_PARAMS })
  edit
    .append(From, { uri: uriOf(wish.from), params: new Map([['tag', localTag]]) })
    .append(To, { uri: uriOf(wish.target), params: NO_PARAMS })
    .append(CallId, callId)
    .append(CSeq, { sequence, method: 'SUBSCRIBE' })
    .append(MaxForwards, 70)
    .append(Contact, { uri: uriOf(wish.contact), params: NO_PARAMS })
  return withWish(edit, wish, seconds)
}

/** A SUBSCRIBE that refreshes or, with 0 seconds, ends a subscription. RFC 6665 §4.1.2.2, §4.1.2.3. */
export function subscribeIn(
  dialog: Dialog,
  wish: Pick<SubscribeWish, 'event' | 'accept'>,
  seconds: number,
): { readonly dialog: Dialog; readonly edit: MessageEdit } {
  const { dialog: after, edit } = requestIn(dialog, 'SUBSCRIBE')
  return { dialog: after, edit: withWish(edit, wish, seconds) }
}

/** Where the first SUBSCRIBE goes. RFC 3261 §8.1.2. */
export function subscribeHop({ routes, target }: SubscribeWish): Uri {
  return uriOf(routes?.[0] ?? target)
}

/** What a final response to a SUBSCRIBE says about time. */
export function readAnswer({ status, headers }: SipResponse): SubscribeAnswer {
  const [expires, least, retry] = [headers.get(Expires), headers.get(MinExpires), headers.get(RetryAfter)]
  return {
    status,
    ...(expires !== undefined && { grantedSeconds: expires }),
    ...(least !== undefined && { minSeconds: least }),
    ...(retry !== undefined && { retryAfterSeconds: retry.seconds }),
  }
}

function withWish(edit: MessageEdit, { event, accept }: Pick<SubscribeWish, 'event' | 'accept'>, seconds: number): MessageEdit {
  edit.append(Event, eventValue(event)).append(Expires, seconds)
  for (const type of accept) edit.append(Accept, { type, params: NO_PARAMS })
  return edit
}

const NO_PARAMS: ReadonlyMap<string, string> = new Map()

/** A request that has no transaction yet: whose is it? RFC 3261 §8.2. */
import { PLACE_HEADER } from '@strowger/runtime'
import { type SipRequest, To, tagOf } from '@strowger/sip-parser'
import type { Incoming } from '@strowger/sip-transaction'
import { SDP } from './body.ts'
import type { Call } from './call.ts'
import { ALLOW, METHODS } from './headers.ts'
import { receiveInDialog } from './in-dialog.ts'
import { passMessage } from './pass-message.ts'
import { place } from './place.ts'
import { refuse, retryAfter } from './respond.ts'
import { type State, sideOf } from './state.ts'

/** The call that may have changed. */
export function receiveRequest(state: State, incoming: Incoming): Call | undefined {
  const { request, from } = incoming
  if (request.method === 'OPTIONS' && !hasToTag(request)) {
    answerProbe(state, incoming)
    return undefined
  }
  const side = sideOf(state, from)
  if (side === undefined) refuse(state, incoming, 403)
  else if (!METHODS.has(request.method)) refuse(state, incoming, 405, edit => edit.raw('Allow', ALLOW))
  else if (hasToTag(request)) return receiveInDialog(state, incoming, side)
  else if (request.method === 'MESSAGE') passMessage(state, incoming, side)
  else if (request.method !== 'INVITE') refuse(state, incoming, 481)
  else return place(state, incoming, side)
  return undefined
}

/** Proxies probe us; the epoch tells them when we have started again and lost our calls. RFC 3261 §11.2. */
function answerProbe(state: State, incoming: Incoming): void {
  noteMove(state, incoming)
  if (state.draining) return refuse(state, incoming, 503, retryAfter(5))
  refuse(state, incoming, 200, edit => edit.raw('Allow', ALLOW).raw('Accept', SDP).raw(EPOCH_HEADER, String(state.house.epoch)))
}

/** Nobody but itself may say so, and only from there. */
function noteMove({ house, wall }: State, { request, from }: Incoming): void {
  const [value] = request.headers.raw(PLACE_HEADER)
  const place = value === undefined ? undefined : house.place(value, wall)
  if (place?.address === from.remote.address && place.port === from.remote.port) house.proxies.moved(place)
}

function hasToTag(request: SipRequest): boolean {
  const to = request.headers.get(To)
  return to !== undefined && tagOf(to) !== undefined
}

const EPOCH_HEADER = 'Strowger-Epoch'

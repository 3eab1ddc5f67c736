/** PRACKs: of a caller who requires reliable ringing, and ours to phones and carriers that ring reliably. RFC 3262 §3, §4. */
import { CSeq, RAck, Require, RSeq, responseTo, type SipResponse, To, tagOf } from '@strowger/sip-parser'
import type { Incoming } from '@strowger/sip-transaction'
import { type ProvisionalVerdict, takePrack, takeReliable } from '@strowger/sip-ua/rules'
import { sdpIn } from './body.ts'
import type { AnyLeg, Call, CalleeLeg, CallerLeg } from './call.ts'
import { sayReliably } from './say-reliably.ts'
import { sendInDialog } from './send.ts'
import type { State } from './state.ts'

/** An offer in it crosses the one of the INVITE, which has no answer yet. RFC 3262 §5, RFC 3311 §5.2. */
export function servePrack(state: State, call: Call, leg: AnyLeg, incoming: Incoming): void {
  const { request } = incoming
  const server = state.layer.accept(state.now, incoming)
  const isKnown = isAcknowledged(leg, incoming)
  state.layer.respond(state.now, server, responseTo(request, isKnown ? (sdpIn(request) === '' ? 200 : 491) : 481))
  if (isKnown && leg.name === 'a') sayWaiting(state, call, leg)
}

function isAcknowledged(leg: AnyLeg, { request }: Incoming): boolean {
  const told = leg.name === 'a' ? leg.reliable : undefined
  const rack = request.headers.get(RAck)
  const verdict = told && rack && takePrack(told.machine, rack)
  if (leg.name !== 'a' || told === undefined || verdict?.kind !== 'ok') return false
  const { [verdict.rseq]: _, ...wires } = told.wires
  told.machine = verdict.machine
  told.wires = wires
  return true
}

function sayWaiting(state: State, call: Call, leg: CallerLeg): void {
  const { reliable } = leg
  const status = reliable?.waiting
  if (reliable === undefined || status === undefined) return
  delete reliable.waiting
  sayReliably(state, call, leg, reliable, status)
}

/** What to do with a 1xx of the called side; `again` and `out of order` are not for anybody's ears. */
export function hearReliable(leg: CalleeLeg, response: SipResponse): ProvisionalVerdict {
  const { status, headers } = response
  if (status <= 100 || status >= 200) return 'plain'
  const tag = tagIn(response)
  const rseq = headers.get(RSeq)
  const verdict = takeReliable(leg.rseqs?.[tag], { status, require: headers.all(Require), rseq })
  if (verdict === 'prack' && rseq !== undefined) leg.rseqs = { ...leg.rseqs, [tag]: rseq }
  return verdict
}

/** In the early dialog that the response made, which is the leg's. */
export function sendPrack(state: State, call: Call, leg: CalleeLeg, { headers }: SipResponse): void {
  const [rseq, cseq] = [headers.get(RSeq), headers.get(CSeq)]
  if (rseq === undefined || cseq === undefined || leg.dialog === undefined) return
  const { sequence, method } = cseq
  sendInDialog(state, call, leg, 'PRACK', 'prack', edit => void edit.append(RAck, { rseq, sequence, method }))
}

function tagIn({ headers }: SipResponse): string {
  const to = headers.get(To)
  return (to && tagOf(to)) ?? ''
}

/**
 * A caller who requires it gets each 1xx until its PRACK comes. RFC 3262 §3.
 *
 * Deviation: they carry no session description, so that the answer is the 200's alone (RFC 3261 §13.2.1): what phones say early may be
 * of several. Who requires 100rel has no early media. Where the INVITE makes no offer such a response would have to make one, so none
 * is sent but 100.
 */
import { bytesOf, latin1 } from '@strowger/media-control'
import { edit, parse, Require, RSeq } from '@strowger/sip-parser'
import { answered, type Reliable1xx, sendReliable, startReliable1xx, wakeReliable1xx } from '@strowger/sip-ua/rules'
import type { Call, CallerLeg } from './call.ts'
import { putContact } from './headers.ts'
import { answer } from './respond.ts'
import type { State } from './state.ts'

/** What a caller is told reliably; JSON. */
export interface Reliably {
  machine: Reliable1xx
  /** Responses without PRACK as sent, by RSeq; one character per byte. */
  wires: Readonly<Record<number, string>>
  /** Status of the 1xx to say when the one before has its PRACK. */
  waiting?: number
}

/** For the INVITE with this CSeq. */
export function reliably(state: State, cseq: number): Reliably {
  return { machine: startReliable1xx(cseq, state.house.random(), { t1: state.house.t1 }), wires: {} }
}

export function sayReliably(state: State, call: Call, leg: CallerLeg, told: Reliably, status: number): void {
  const { serving } = leg
  if (serving?.offered !== true) return
  const sent = sendReliable(told.machine, state.now, { status, description: false })
  if (sent.kind === 'wait') told.waiting = status
  if (sent.kind !== 'send') return
  const message = answer(state, serving.server, status, {
    toTag: leg.tag,
    recordRoute: true,
    fill: out => putContact(out, state.house, call.id).append(Require, '100rel').append(RSeq, sent.rseq),
  })
  if (message === undefined) return
  told.machine = sent.machine
  told.wires = { ...told.wires, [sent.rseq]: latin1(message.toBytes()) }
}

/** The final response goes out: nothing is repeated any more, PRACKs are still answered. */
export function sayNoMore({ reliable }: CallerLeg): void {
  if (reliable === undefined) return
  reliable.machine = answered(reliable.machine)
  reliable.wires = {}
  delete reliable.waiting
}

/** Sends again what is due. True when no PRACK has come for 64*T1: the INVITE is to be refused. */
export function repeat1xx(state: State, { serving, reliable }: CallerLeg): boolean {
  if (reliable === undefined) return false
  const { machine, resend, giveUp } = wakeReliable1xx(reliable.machine, state.now)
  reliable.machine = machine
  const work = serving && state.works.get(serving.server)
  for (const rseq of resend) {
    const message = parse(bytesOf(reliable.wires[rseq] ?? ''))
    if (work?.side === 'server' && message.kind === 'response') state.layer.respond(state.now, work.handle, edit(message))
  }
  return giveUp
}

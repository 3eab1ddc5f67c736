/** Moves a leg by its table: looks the cell up, changes the state, performs the effects. */
import { bytesOf, latin1 } from '@strowger/media-control'
import { edit, type MessageEdit, parse } from '@strowger/sip-parser'
import { cancelForks, startReliable2xx } from '@strowger/sip-ua'
import { putSdp } from './body.ts'
import type { AnyLeg, Call, CalleeLeg, CallerLeg } from './call.ts'
import { type CalleeEffect, type CalleeEvent, calleeLeg } from './callee-leg.ts'
import { type CallerEffect, type CallerEvent, callerLeg } from './caller-leg.ts'
import { putContact } from './headers.ts'
import { answer } from './respond.ts'
import { sayNoMore, sayReliably } from './say-reliably.ts'
import { sendAck, sendInDialog } from './send.ts'
import { putTimerAnswer } from './session-timer.ts'
import { forgetDialog, type State } from './state.ts'

/** What came with an event. */
export interface Input {
  /** Of a 1xx or refusal. */
  readonly status?: number
  readonly sdp?: string
  /** Further header fields of a refusal or BYE. */
  readonly fill?: (edit: MessageEdit) => void
  /** Of a CANCEL. RFC 3326 §2. */
  readonly reason?: string
}

/** False when the state has no cell for the event: nothing happened. */
export function moveCaller(state: State, call: Call, event: CallerEvent, input: Input = {}): boolean {
  const leg = call.a
  const cell = callerLeg[leg.state][event]
  if (cell === undefined) return false
  leg.state = cell.to
  for (const effect of cell.effects) CALLER_EFFECTS[effect](state, call, leg, input)
  if (cell.to === 'ended') forgetDialog(state, leg)
  return true
}

export function moveCallee(state: State, call: Call, event: CalleeEvent, input: Input = {}): boolean {
  const leg = call.b
  const cell = leg && calleeLeg[leg.state][event]
  if (leg === undefined || cell === undefined) return false
  leg.state = cell.to
  for (const effect of cell.effects) CALLEE_EFFECTS[effect](state, call, leg, input)
  if (cell.to === 'ended') forgetDialog(state, leg)
  return true
}

/** An event that both tables know. */
export function moveLeg(state: State, call: Call, leg: AnyLeg, event: 'hang up' | 'BYE' | 'gone' | 'no ACK', input: Input = {}): boolean {
  return leg.name === 'a' ? moveCaller(state, call, event, input) : moveCallee(state, call, event, input)
}

/** Our 2xx to an INVITE of `leg`, repeated until its ACK. RFC 3261 §13.3.1.4. */
export function send2xx(state: State, call: Call, leg: AnyLeg, sdp: string): void {
  if (leg.serving === undefined) throw new TypeError(`leg ${leg.name} of ${call.id} has no INVITE to answer`)
  const sent = answer(state, leg.serving.server, 200, {
    ...(leg.name === 'a' ? { toTag: leg.tag } : {}),
    recordRoute: true,
    fill: (edit, request) => putSdp(putTimerAnswer(putContact(edit, state.house, call.id), state.now, leg, request), sdp),
  })
  if (sent === undefined) return
  const { t1, t2 } = state.house
  leg.serving.answer = { wire: latin1(sent.toBytes()), repeat: startReliable2xx(state.now, { t1, t2 }) }
}

export function repeat2xx(state: State, leg: AnyLeg): void {
  const { serving } = leg
  const work = serving && state.works.get(serving.server)
  if (serving?.answer === undefined || work?.side !== 'server') return
  const message = parse(bytesOf(serving.answer.wire))
  if (message.kind === 'response') state.layer.respond(state.now, work.handle, edit(message))
}

const CALLER_EFFECTS: Readonly<Record<CallerEffect, (state: State, call: Call, leg: CallerLeg, input: Input) => void>> = {
  'send 1xx': (state, call, leg, { status = 180, sdp = '' }) => {
    if (leg.reliable !== undefined) return sayReliably(state, call, leg, leg.reliable, status)
    answer(state, leg.serving!.server, status, {
      toTag: leg.tag,
      recordRoute: true,
      fill: edit => putSdp(putContact(edit, state.house, call.id), sdp),
    })
  },
  'send 2xx': (state, call, leg, { sdp = '' }) => {
    sayNoMore(leg)
    send2xx(state, call, leg, sdp)
  },
  refuse: (state, _, leg, { status = 487, fill }) => {
    sayNoMore(leg)
    answer(state, leg.serving!.server, status, { toTag: leg.tag, ...(fill ? { fill } : {}) })
  },
  'stop 2xx': (_, _call, leg) => stop2xx(leg),
  'send BYE': (state, call, leg, { fill }) => sendBye(state, call, leg, fill),
}

const CALLEE_EFFECTS: Readonly<Record<CalleeEffect, (state: State, call: Call, leg: CalleeLeg, input: Input) => void>> = {
  'send CANCEL': (state, _, leg, { reason }) => {
    leg.forks = cancelForks(leg.forks)
    const work = leg.asking && state.works.get(leg.asking.client)
    if (work?.side === 'client') state.layer.cancel(state.now, work.handle, reason === undefined ? {} : { reason })
  },
  'send ACK': (state, _, leg, { sdp = '' }) => {
    if (leg.dialog === undefined || leg.asking === undefined) return
    leg.asking.ack = { sdp }
    sendAck(state, leg.dialog, leg.side, leg.asking.cseq, sdp)
  },
  'stop 2xx': (_, _call, leg) => stop2xx(leg),
  'send BYE': (state, call, leg, { fill }) => sendBye(state, call, leg, fill),
}

function stop2xx(leg: AnyLeg): void {
  delete leg.serving?.answer
}

function sendBye(state: State, call: Call, leg: AnyLeg, fill?: (edit: MessageEdit) => void): void {
  sendInDialog(state, call, leg, 'BYE', 'bye', fill)
}

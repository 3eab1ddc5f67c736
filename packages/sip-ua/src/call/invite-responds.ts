/** A response to the INVITE that makes the call, which may come from several phones. RFC 3261 §13.2.2, RFC 3262 §4. */
import { Allow, RSeq, type SipRequest, type SipResponse, To, tagOf } from '@strowger/sip-parser'
import { type Dialog, dialogAsClient, dialogId } from '../dialog.ts'
import { type DialogForks, endEarlyForks, type ForkStep, takeResponse } from '../dialog-forks.ts'
import { exchangeStep, NO_EXCHANGE } from '../session-exchange.ts'
import { keepDialog, type State, tell } from './agent-state.ts'
import { type Acknowledging, askInDialog, isAcknowledged, sendAck } from './ask.ts'
import { type Ask, type Call, type CallDialog, dialogTagged, type Leave } from './call.ts'
import { callTable } from './call-table.ts'
import { learn } from './credentials.ts'
import { descriptionIn } from './description.ts'
import { minSeIn } from './extension-headers.ts'
import { inviteAgain, inviteElsewhere, raised } from './invite.ts'
import { move } from './move.ts'
import { hears, tellOffer } from './session.ts'
import { takeProvisional } from './take-provisional.ts'
import { takeTimer } from './timer-headers.ts'

/** `request`: the INVITE, where it may still be read. */
export function inviteResponds(state: State, call: Call, ask: Ask, response: SipResponse, request: SipRequest | undefined): void {
  if (response.status >= 200) ask.done = true
  if (response.status >= 300 && request !== undefined && again(state, call, ask, response, request)) return
  if (isTooMany(call, response)) return
  const { forks, steps } = takeResponse(forksOf(call), response)
  if (forks.chosen !== undefined) call.chosen ??= tagIn(response)
  for (const step of steps) follow(state, call, ask, step, response)
}

/** However many phones a proxy, or whoever poses as one, says that it rings: no call grows without bound. */
function isTooMany(call: Call, response: SipResponse): boolean {
  return response.status < 300 && call.dialogs.length >= MOST_DIALOGS && dialogTagged(call, tagIn(response)) === undefined
}

/** A 2xx that no transaction takes any more: our ACK was lost, or a phone has answered when we had stopped waiting. RFC 3261 §13.2.2.4. */
export function answeredLate(state: State, call: Call, response: SipResponse, cseq: number): void {
  const ask = call.asks.find(each => each.method === 'INVITE' && each.cseq === cseq) ?? (call.late?.cseq === cseq ? call.late : undefined)
  const known = dialogTagged(call, tagIn(response))
  if (ask === undefined) return
  if (known !== undefined) return ackAgain(state, call, ask, known)
  const isLate = ask === call.late || call.abandoned === true
  const dialog = !isLate || call.seed === undefined || isTooMany(call, response) ? undefined : dialogAsClient(call.seed, response)
  if (dialog === undefined) return
  const at: CallDialog = { dialog, session: NO_EXCHANGE, update: false }
  keepDialog(state, call, at)
  sendOff(state, call, ask, at)
}

/** 64*T1 after the first 2xx nobody else can answer. RFC 3261 §13.2.2.4. */
export function noMoreForks(state: State, call: Call): void {
  for (const step of endEarlyForks(forksOf(call)).steps) if (step.kind === 'ended') drop(state, call, step.dialogs)
}

/** A challenge is answered, a session that was too short for them is made longer: once more, unless we have hung up. */
function again(state: State, call: Call, ask: Ask, response: SipResponse, request: SipRequest): boolean {
  if (response.status === 503 && inviteElsewhere(state, call, ask, request)) return true
  if (callTable[call.state].again === undefined) return false
  const answered = learn(state, call, ask, response)
  const longer = response.status === 422 && ask.rounds === 0 && raised(call, minSeIn(response))
  if (answered === undefined && !longer) return false
  move(state, call, 'again')
  inviteAgain(state, call, ask, request, { ...(answered && { answered }), ...(longer && { rounds: 1 }) })
  return true
}

function follow(state: State, call: Call, ask: Ask, step: ForkStep, response: SipResponse): void {
  switch (step.kind) {
    case 'progress':
      return progress(state, call, ask, step.dialog, response)
    case 'answered':
      return answered(state, call, ask, dialogOf(state, call, ask, step.dialog), response)
    case 'ack again':
      return ackAgain(state, call, ask, dialogOf(state, call, ask, step.dialog))
    case 'ack and bye':
      return tooLate(state, call, ask, dialogOf(state, call, ask, step.dialog), response)
    case 'ended':
      return drop(state, call, step.dialogs)
    case 'refused':
      return void move(state, call, 'refusal', { response, leave: { by: 'them', status: response.status } })
  }
}

function progress(state: State, call: Call, ask: Ask, dialog: Dialog | undefined, response: SipResponse): void {
  if (dialog === undefined || !RINGING.has(call.state)) {
    if (response.status > 100 && RINGING.has(call.state)) tellProgress(state, call, undefined, response)
    return
  }
  const at = dialogOf(state, call, ask, dialog)
  move(state, call, '1xx')
  if (takeProvisional(state, call, ask, at, response)) tellProgress(state, call, at, response)
}

function tellProgress(state: State, call: Call, at: CallDialog | undefined, response: SipResponse): void {
  const dialog = at && {
    dialog: at.dialog.remoteTag,
    ...(at.held?.rseq === response.headers.get(RSeq) && at.held && { prack: true as const }),
  }
  tell(state, { kind: 'progress', call: call.id, status: response.status, response, ...dialog })
}

function answered(state: State, call: Call, ask: Ask, at: CallDialog, response: SipResponse): void {
  takeTimer(state, call, response)
  at.update = response.headers.all(Allow).includes('UPDATE') || at.update
  const description = descriptionIn(response)
  const verdict = hears(state, call, at, { method: 'INVITE', status: response.status, description })
  if (verdict === 'offer') {
    at.owed = { in: 'ACK', cseq: ask.cseq }
    move(state, call, '2xx with offer', { response })
    return tellOffer(state, call, at, description)
  }
  delete at.early
  move(state, call, '2xx', { response })
  // Nobody will hear anybody: RFC 3261 §13.2.1. Where neither side described anything, both know what they want.
  if (verdict === 'no answer' && ask.offer !== undefined) move(state, call, 'gone', { leave: NO_ANSWER })
  else tell(state, { kind: 'confirmed', call: call.id, dialog: at.dialog.remoteTag })
}

/** Our ACK was lost; one that waits for the user's answer has not been sent. */
function ackAgain(state: State, call: Call, ask: Acknowledging, at: CallDialog): void {
  if (isAcknowledged(ask, at)) sendAck(state, call, ask, at)
}

/** The first 2xx after our CANCEL is the call's own; any other is of a phone that lost the race. RFC 3261 §13.2.2.4. */
function tooLate(state: State, call: Call, ask: Ask, at: CallDialog, response: SipResponse): void {
  if (call.state === 'cancelling') {
    call.chosen = at.dialog.remoteTag
    move(state, call, '2xx', { response })
    return
  }
  sendOff(state, call, ask, at)
}

/** ACK and BYE. */
function sendOff(state: State, call: Call, ask: Acknowledging, at: CallDialog): void {
  sendAck(state, call, ask, at)
  askInDialog(state, call, at, { is: 'bye', method: 'BYE', headers: [] })
}

/** The call's record of a dialog, brought up to date. */
function dialogOf(state: State, call: Call, ask: Ask, dialog: Dialog): CallDialog {
  const known = call.dialogs.find(each => dialogId(each.dialog) === dialogId(dialog))
  if (known !== undefined) {
    known.dialog = dialog
    return known
  }
  const at: CallDialog = {
    dialog,
    session: exchangeStep(NO_EXCHANGE, 'send', { method: 'INVITE', description: ask.offer !== undefined }).exchange,
    update: false,
    ...(ask.offer !== undefined && { offer: ask.offer }),
  }
  keepDialog(state, call, at)
  return at
}

function drop(state: State, call: Call, dialogs: readonly Dialog[]): void {
  const gone = new Set(dialogs.map(dialogId))
  for (const id of gone) state.dialogs.delete(id)
  call.dialogs = call.dialogs.filter(({ dialog }) => !gone.has(dialogId(dialog)))
}

function forksOf(call: Call): DialogForks {
  if (call.seed === undefined) throw new TypeError('a call of ours has an INVITE')
  return {
    seed: call.seed,
    dialogs: call.dialogs.map(({ dialog }) => dialog),
    ...(call.chosen !== undefined && { chosen: chosenId(call) }),
    cancelled: !RINGING.has(call.state) && call.chosen === undefined,
    refused: call.state === 'ended',
  }
}

function chosenId({ callId, localTag, chosen = '' }: Call): string {
  return dialogId({ callId, localTag, remoteTag: chosen })
}

function tagIn(response: SipResponse): string {
  const to = response.headers.get(To)
  return (to && tagOf(to)) ?? ''
}

/** Our offer in the INVITE was left without an answer. */
const NO_ANSWER: Leave = { by: 'network', cause: 'no answer in the 2xx' }
const MOST_DIALOGS = 100
const RINGING: ReadonlySet<string> = new Set(['calling', 'early'])

/** Runs the table of a call: looks the cell up, changes the state, performs the effects. RFC 3261 §13, §15. */

import type { SipRequest, SipResponse } from '@strowger/sip-parser'
import type { ClientTransaction } from '@strowger/sip-transaction'
import { forgetDialogs, handleOf, type State, tell } from './agent-state.ts'
import { askInDialog, sendAck } from './ask.ts'
import { type Call, firstAsk, firstServing, type Leave, mainDialog, type Said } from './call.ts'
import { type CallEffect, type CallEvent, type CallState, callTable } from './call-table.ts'
import { sayProvisional } from './provisional.ts'
import { respond, respond2xx } from './serve.ts'

/** What came with an event. */
export interface Input {
  readonly said?: Said
  readonly response?: SipResponse
  readonly request?: SipRequest
  /** Why, when the call ends by it; the first reason counts. */
  readonly leave?: Leave
}

/** False when the state has no cell for the event. */
export function move(state: State, call: Call, event: CallEvent, input: Input = {}): boolean {
  const cell = callTable[call.state][event]
  if (cell === undefined) return false
  if (input.leave !== undefined) call.leave ??= input.leave
  call.state = cell.to
  for (const effect of cell.effects) EFFECTS[effect](state, call, input)
  if (OVER.has(cell.to)) abandon(state, call)
  if (cell.to === 'ended') forgetDialogs(state, call)
  return true
}

/** What is unanswered of theirs dies with the call, and an INVITE of ours is not waited for without end. RFC 3261 §15.1.2, §9.1. */
function abandon(state: State, call: Call): void {
  for (const serving of call.servings) if (!serving.done && serving.method !== 'BYE') respond(state, call, serving, { status: 487 })
  for (const { transaction, is, done } of call.asks) {
    const handle = is === 'reinvite' && !done ? handleOf(state, transaction) : undefined
    if (handle !== undefined) state.layer.cancel(state.now, handle as ClientTransaction)
  }
}

const EFFECTS: Readonly<Record<CallEffect, (state: State, call: Call, input: Input) => void>> = {
  'send CANCEL': (state, call) => {
    const handle = handleOf(state, firstAsk(call)?.transaction ?? -1)
    if (handle !== undefined) state.layer.cancel(state.now, handle as ClientTransaction, reasonOf(call))
  },
  'send ACK': (state, call, { said }) => {
    const [ask, at] = [firstAsk(call), mainDialog(call)]
    if (ask !== undefined && at !== undefined) sendAck(state, call, ask, at, said?.description)
  },
  'send BYE': (state, call) => {
    const at = mainDialog(call)
    if (at !== undefined) askInDialog(state, call, at, { is: 'bye', method: 'BYE', headers: call.leave?.headers ?? [] })
  },
  'send 1xx': (state, call, { said }) => {
    const serving = firstServing(call)
    if (serving !== undefined && said !== undefined) sayProvisional(state, call, serving, said)
  },
  'send 2xx': (state, call, { said }) => {
    const serving = firstServing(call)
    delete call.remindAt
    if (serving !== undefined) respond2xx(state, call, serving, said ?? { status: 200 })
  },
  refuse: (state, call) => {
    const serving = firstServing(call)
    delete call.remindAt
    const { status = 480, headers = [] } = call.leave ?? {}
    if (serving !== undefined) respond(state, call, serving, { status, headers })
  },
  'stop 2xx': (_, call) => {
    for (const serving of call.servings) delete serving.final
  },
  'tell answered': (state, call, { response }) => {
    if (call.chosen !== undefined && response !== undefined) tell(state, { kind: 'answered', call: call.id, dialog: call.chosen, response })
  },
  'tell confirmed': (state, call) => {
    if (call.chosen !== undefined) tell(state, { kind: 'confirmed', call: call.id, dialog: call.chosen })
  },
  'tell ended': (state, call, { response, request }) => {
    delete call.timer
    call.retries = []
    const { by, status = 487, cause } = call.leave ?? { by: 'us' as const }
    const final = mainDialog(call)?.dialog.state === 'confirmed' ? 200 : (response?.status ?? status)
    tell(state, {
      kind: 'ended',
      call: call.id,
      by,
      status: final,
      ...(cause !== undefined && { cause }),
      ...(response !== undefined && { response }),
      ...(request !== undefined && { request }),
    })
  },
}

const OVER: ReadonlySet<CallState> = new Set(['ending', 'ended'])

/** RFC 3326 §2: a CANCEL may say why. */
function reasonOf({ leave }: Call): { readonly reason?: string } {
  const reason = leave?.headers?.find(([name]) => name.toLowerCase() === 'reason')?.[1]
  return reason === undefined ? {} : { reason }
}

/** An INVITE that begins a call. RFC 3261 §13.3.1, RFC 3891 §3. */
import { Allow, CSeq, Expires, type Replaces } from '@strowger/sip-parser'
import type { Incoming } from '@strowger/sip-transaction'
import { type Dialog, dialogAsServer, dialogId } from '../dialog.ts'
import { startReliable1xx } from '../reliable-1xx.ts'
import { reliabilityOf } from '../reliable-1xx-receive.ts'
import { matchReplaces, type Replaceable } from '../replaces.ts'
import { NO_EXCHANGE } from '../session-exchange.ts'
import { keepCall, keepDialog, type State, tell } from './agent-state.ts'
import { bytesOf } from './bytes.ts'
import type { Call, CallDialog } from './call.ts'
import { descriptionIn } from './description.ts'
import { replacesIn, tagsIn } from './extension-headers.ts'
import { contactOf, expiresWith, newCall } from './new-call.ts'
import { refusalOfInvite } from './screen.ts'
import { serve } from './serve.ts'
import { hears } from './session.ts'
import { refuseStateless } from './stateless.ts'

/** The new call, unless it was refused. */
export function receiveInvite(state: State, incoming: Incoming): Call | undefined {
  const refusal = refusalOfInvite(state, incoming)
  if (refusal !== undefined) return refuse(state, incoming, refusal.status, refusal.header)
  const { request } = incoming
  const replaces = replacesIn(request)
  if (replaces === undefined) return refuse(state, incoming, 400)
  const replaced = matchReplaces({ method: 'INVITE', replaces, join: [] }, candidates(state, replaces[0]), () => true)
  if (replaced.kind === 'refuse') return refuse(state, incoming, replaced.status)
  const id = state.options.token()
  const dialog = dialogAsServer(request, state.options.token(), contactOf(state, id))
  if (dialog === undefined) return refuse(state, incoming, 400)
  const call = newCall(state, { id, role: 'callee', callId: dialog.callId, localTag: dialog.localTag })
  keepCall(state, call)
  expiresWith(state, call, request.headers.get(Expires))
  if (replaced.kind === 'replace') call.replaces = replaced.call.name
  begin(state, call, dialog, incoming)
  return call
}

function begin(state: State, call: Call, dialog: Dialog, incoming: Incoming): void {
  const { request } = incoming
  const { remoteTag } = dialog
  const at: CallDialog = { dialog, session: NO_EXCHANGE, update: request.headers.all(Allow).includes('UPDATE') }
  call.chosen = remoteTag
  call.from = incoming.from
  keepDialog(state, call, at)
  const offer = descriptionIn(request)
  hears(state, call, at, { method: 'INVITE', description: offer })
  const cseq = request.headers.get(CSeq)?.sequence ?? 0
  const serving = serve(state, call, incoming, 'invite', { dialog: remoteTag, cseq })
  serving.inExchange = true
  if (reliabilityOf(tagsIn(request), state.options.reliable ?? 'when supported') === 'reliable')
    serving.reliable = startReliable1xx(cseq, state.options.random(), state.options.timers)
  tell(state, {
    kind: 'incoming',
    call: call.id,
    request,
    ...(offer !== undefined && { offer: bytesOf(offer) }),
    ...(call.replaces !== undefined && { replaces: call.replaces }),
  })
}

/** Calls that a Replaces may mean: those with the Call-ID it names. */
function candidates(state: State, wanted: Replaces | undefined): (Replaceable & { readonly name: string })[] {
  if (wanted === undefined) return []
  const { callId, toTag: localTag, fromTag } = wanted
  const named = (remoteTag: string): string | undefined => state.dialogs.get(dialogId({ callId, localTag, remoteTag }))
  // A peer of RFC 2543 may have no tag, which is written `0` (RFC 3891 §6.1).
  const name = named(fromTag) ?? (fromTag === '0' ? named('') : undefined)
  const call = name === undefined ? undefined : state.calls.get(name)
  if (call === undefined) return []
  return call.dialogs.map(({ dialog }) => ({ name: call.id, dialog, initiated: call.role === 'caller', ended: ENDING.has(call.state) }))
}

function refuse(state: State, incoming: Incoming, status: number, header?: readonly [string, string]): undefined {
  refuseStateless(state, incoming, header === undefined ? { status } : { status, header })
  return undefined
}

/** RFC 3891 §3: such a call is answered with 603. */
const ENDING: ReadonlySet<string> = new Set(['ending', 'ended', 'leaving', 'cancelling'])

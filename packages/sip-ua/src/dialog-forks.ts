/** What a caller must do with each response to its INVITE, which may come from several phones. RFC 3261 §13.2.2, §12.1.2. */
import { type SipRequest, type SipResponse, To, tagOf } from '@strowger/sip-parser'
import { confirm, type Dialog, type DialogSeed, dialogAsClient, dialogId, dialogSeed, refreshTarget } from './dialog.ts'

/** One INVITE and the dialogs it has made; plain data. */
export interface DialogForks {
  /** What is left of the INVITE. */
  readonly seed: DialogSeed
  /** In the order in which they were made; `chosen` is one of them. */
  readonly dialogs: readonly Dialog[]
  /** Id of the dialog that is the call: the first to be confirmed. */
  readonly chosen?: string
  /** CANCEL was sent: a 2xx that crosses it is ended at once (RFC 3261 §9.1). */
  readonly cancelled: boolean
  /** A final refusal came: no dialog is early any more. */
  readonly refused: boolean
}

/** What a caller must do with a response, by `kind`. RFC 3261 §13.2.2. */
export type ForkStep =
  /** Ringing, or progress without a dialog (100, or a 1xx without To tag). */
  | { readonly kind: 'progress'; readonly status: number; readonly dialog?: Dialog; readonly isNew: boolean }
  /** The call is up: send its ACK. */
  | { readonly kind: 'answered'; readonly dialog: Dialog }
  /** Our ACK was lost: the same ACK again, nothing else. */
  | { readonly kind: 'ack again'; readonly dialog: Dialog }
  /** Somebody else answered too, or after our CANCEL: ACK, then BYE, in this dialog. */
  | { readonly kind: 'ack and bye'; readonly dialog: Dialog }
  /** These dialogs are over; the phones need not be told. */
  | { readonly kind: 'ended'; readonly dialogs: readonly Dialog[] }
  /** The final answer is no; the transaction has sent the ACK. */
  | { readonly kind: 'refused'; readonly status: number }

/** Before any response. Takes what it needs: the request's view may go. */
export function forksOf(invite: SipRequest): DialogForks {
  return { seed: dialogSeed(invite), dialogs: [], cancelled: false, refused: false }
}

/** We sent CANCEL, or will as soon as a 1xx lets us. */
export function cancelForks(forks: DialogForks): DialogForks {
  return { ...forks, cancelled: true }
}

/** Puts back a dialog that the caller changed meanwhile, say by sending PRACK in it. */
export function withDialog(forks: DialogForks, dialog: Dialog): DialogForks {
  const id = dialogId(dialog)
  return { ...forks, dialogs: [...forks.dialogs.filter(other => dialogId(other) !== id), dialog] }
}

/** After a response: what to remember, and what to do. RFC 3261 §13.2.2. */
export interface Forked {
  /** To be kept in place of the one before. */
  readonly forks: DialogForks
  /** In the order to be taken. */
  readonly steps: readonly ForkStep[]
}

/** Takes a response to the INVITE, or a 2xx that matched no transaction any more. */
export function takeResponse(forks: DialogForks, response: SipResponse): Forked {
  if (response.status >= 300) return refuse(forks, response.status)
  return response.status >= 200 ? answer(forks, response) : progress(forks, response)
}

/** 64*T1 after the first 2xx no other fork can answer: what is still early is over. RFC 3261 §13.2.2.4. */
export function endEarlyForks(forks: DialogForks): Forked {
  const early = forks.dialogs.filter(dialog => dialog.state === 'early')
  const dialogs = forks.dialogs.filter(dialog => dialog.state !== 'early')
  return { forks: { ...forks, dialogs }, steps: early.length > 0 ? [{ kind: 'ended', dialogs: early }] : [] }
}

function refuse(forks: DialogForks, status: number): Forked {
  if (forks.refused || forks.chosen !== undefined) return { forks, steps: [] }
  const { forks: left, steps } = endEarlyForks(forks)
  return { forks: { ...left, refused: true }, steps: [...steps, { kind: 'refused', status }] }
}

function progress(forks: DialogForks, response: SipResponse): Forked {
  const { status } = response
  const known = find(forks, response)
  // A 1xx overtaken by the 2xx of its dialog, or by the refusal, says nothing new.
  if (forks.refused || known?.state === 'confirmed') return { forks, steps: [] }
  if (status === EARLY_DIALOG_TERMINATED) return terminated(forks, known)
  const dialog = known ? refreshTarget(known, response) : dialogAsClient(forks.seed, response)
  if (!dialog) return { forks, steps: [{ kind: 'progress', status, isNew: false }] }
  return { forks: withDialog(forks, dialog), steps: [{ kind: 'progress', status, dialog, isNew: !known }] }
}

/** One phone of several is out, the others go on. RFC 6228 §4. */
function terminated(forks: DialogForks, known: Dialog | undefined): Forked {
  if (!known) return { forks, steps: [] }
  return { forks: { ...forks, dialogs: forks.dialogs.filter(dialog => dialog !== known) }, steps: [{ kind: 'ended', dialogs: [known] }] }
}

function answer(forks: DialogForks, response: SipResponse): Forked {
  const known = find(forks, response)
  if (known?.state === 'confirmed') return { forks, steps: [{ kind: 'ack again', dialog: known }] }
  const dialog = known ? confirm(known, response) : dialogAsClient(forks.seed, response)
  // A 2xx whose tag cannot be sent back can be neither acknowledged nor ended: the peer gives up by itself.
  if (!dialog) return forks.chosen === undefined ? refuse(forks, UNUSABLE) : { forks, steps: [] }
  const after = withDialog(forks, dialog)
  if (forks.cancelled || forks.refused || forks.chosen !== undefined) return { forks: after, steps: [{ kind: 'ack and bye', dialog }] }
  return { forks: { ...after, chosen: dialogId(dialog) }, steps: [{ kind: 'answered', dialog }] }
}

/** Stands for a final response that makes no sense. RFC 3261 §8.1.3.2. */
const UNUSABLE = 500
/** RFC 6228 §4. */
const EARLY_DIALOG_TERMINATED = 199

function find({ seed, dialogs }: DialogForks, response: SipResponse): Dialog | undefined {
  const to = response.headers.get(To)
  const id = dialogId({ ...seed, remoteTag: (to && tagOf(to)) ?? '' })
  return dialogs.find(dialog => dialogId(dialog) === id)
}

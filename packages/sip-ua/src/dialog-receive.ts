/** Takes a request inside a dialog: is it in order? RFC 3261 §12.2.2. */
import { CSeq, type SipRequest } from '@strowger/sip-parser'
import type { Dialog } from './dialog.ts'

/**
 * The dialog with the peer's CSeq noted, or the status to refuse the request with when it is older than one already seen.
 * ACK and CANCEL carry the number of their INVITE and change nothing. The target is not touched: see `refreshTarget`, which is for
 * when the request is accepted.
 */
export function receiveIn(dialog: Dialog, request: SipRequest): { readonly dialog: Dialog } | { readonly refuse: 500 } {
  if (request.method === 'ACK' || request.method === 'CANCEL') return { dialog }
  const sequence = request.headers.get(CSeq)?.sequence
  if (sequence === undefined) throw new TypeError('A parsed request has a CSeq')
  if (dialog.remoteSequence !== undefined && sequence < dialog.remoteSequence) return { refuse: 500 }
  return { dialog: { ...dialog, remoteSequence: sequence } }
}

/** A dialog the sender knows of, which entitles them to send this request. RFC 4538 §7. */
import type { HeaderDef } from '../header-def.ts'
import { checkCallId, decodeDialogReference } from './dialog-reference.ts'
import { formatOthers, formatParam, otherParams, type Params } from './params.ts'

export interface TargetDialog {
  /** Of the dialog that the sender knows. */
  readonly callId: string
  /** Tags as the sender of the header sees them. */
  readonly localTag: string
  /** The tag of the other side of that dialog, most often of who gets the header. */
  readonly remoteTag: string
  /** The others. */
  readonly params?: Params
}

export const TargetDialog: HeaderDef<TargetDialog> = {
  name: 'Target-Dialog',
  list: false,
  decode(at) {
    const dialog = decodeDialogReference(at)
    const localTag = dialog?.params.get('local-tag')
    const remoteTag = dialog?.params.get('remote-tag')
    if (dialog === undefined || !localTag || !remoteTag) return undefined
    return { callId: dialog.callId, localTag, remoteTag, ...otherParams(dialog.params, FIELDS) }
  },
  encode({ callId, localTag, remoteTag, params }) {
    if (localTag === '' || remoteTag === '') throw new TypeError('Target-Dialog needs both tags')
    return checkCallId(callId) + formatParam('local-tag', localTag) + formatParam('remote-tag', remoteTag) + formatOthers(params, FIELDS)
  },
}

const FIELDS = ['local-tag', 'remote-tag']

/** The dialog whose call this one wants to join, seen from the one who gets the header. RFC 3911 §7.1. */
import type { HeaderDef } from '../header-def.ts'
import { checkCallId, decodeDialogReference } from './dialog-reference.ts'
import { formatOthers, formatParam, otherParams, type Params } from './params.ts'

export interface Join {
  /** Of the dialog to join; compared byte by byte. */
  readonly callId: string
  /** The local tag of who gets the header. */
  readonly toTag: string
  /** The remote tag of who gets the header. */
  readonly fromTag: string
  /** The others. */
  readonly params?: Params
}

export const Join: HeaderDef<Join> = {
  name: 'Join',
  list: false,
  decode(at) {
    const dialog = decodeDialogReference(at)
    const toTag = dialog?.params.get('to-tag')
    const fromTag = dialog?.params.get('from-tag')
    if (dialog === undefined || !toTag || !fromTag) return undefined
    return { callId: dialog.callId, toTag, fromTag, ...otherParams(dialog.params, FIELDS) }
  },
  encode({ callId, toTag, fromTag, params }) {
    if (toTag === '' || fromTag === '') throw new TypeError('Join needs both tags')
    return checkCallId(callId) + formatParam('to-tag', toTag) + formatParam('from-tag', fromTag) + formatOthers(params, FIELDS)
  },
}

const FIELDS = ['to-tag', 'from-tag']

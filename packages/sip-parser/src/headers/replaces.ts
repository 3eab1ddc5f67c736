/** The dialog this call takes the place of, seen from the one who gets the header. RFC 3891 §6.1. */
import type { HeaderDef } from '../header-def.ts'
import { checkCallId, decodeDialogReference } from './dialog-reference.ts'
import { formatOthers, formatParam, otherParams, type Params } from './params.ts'

export interface Replaces {
  /** Of the dialog to replace; compared byte by byte. */
  readonly callId: string
  /** The local tag of who gets the header (RFC 3891 §3). */
  readonly toTag: string
  /** The remote tag of who gets the header. */
  readonly fromTag: string
  /** Only if the dialog is not confirmed yet; a confirmed one gets 486 (RFC 3891 §3). */
  readonly earlyOnly: boolean
  /** The others. */
  readonly params?: Params
}

export const Replaces: HeaderDef<Replaces> = {
  name: 'Replaces',
  list: false,
  decode(at) {
    const dialog = decodeDialogReference(at)
    const toTag = dialog?.params.get('to-tag')
    const fromTag = dialog?.params.get('from-tag')
    if (dialog === undefined || !toTag || !fromTag) return undefined
    const { callId, params } = dialog
    return { callId, toTag, fromTag, earlyOnly: params.has('early-only'), ...otherParams(params, FIELDS) }
  },
  encode({ callId, toTag, fromTag, earlyOnly, params }) {
    if (toTag === '' || fromTag === '') throw new TypeError('Replaces needs both tags')
    const tags = formatParam('to-tag', toTag) + formatParam('from-tag', fromTag)
    return checkCallId(callId) + tags + (earlyOnly ? ';early-only' : '') + formatOthers(params, FIELDS)
  },
}

const FIELDS = ['to-tag', 'from-tag', 'early-only']

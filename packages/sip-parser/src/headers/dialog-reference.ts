/** `callid` and parameters: how Replaces, Join and Target-Dialog name a dialog. RFC 3891 §6.1, RFC 3911 §7.1, RFC 4538 §7. */
import type { Cursor } from '../header-def.ts'
import type { Params } from './params.ts'

export interface DialogReference {
  readonly callId: string
  readonly params: Params
}

export function decodeDialogReference(at: Cursor): DialogReference | undefined {
  const callId = at.until(';')
  const params = at.params()
  return at.ended && CALL_ID.test(callId) ? { callId, params } : undefined
}

/** Throws a TypeError for a Call-ID that would end early. */
export function checkCallId(callId: string): string {
  if (!CALL_ID.test(callId))
    throw new TypeError(`A Call-ID is visible ASCII without blanks and semicolons here, not ${JSON.stringify(callId)}`)
  return callId
}

const CALL_ID = /^[!-:<-~]+$/

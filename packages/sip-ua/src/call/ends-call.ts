/** Which refusals of a request inside a call end the call. RFC 5057 §5.1, RFC 3261 §12.2.1.2. */

/**
 * Some say that the far end, or its address, is gone: whatever was asked, the dialog is over. 481 and 408 (no answer is one) end the
 * call's own use of the dialog, when the request belonged to it; a NOTIFY or SUBSCRIBE has its own.
 */
export function endsCall(method: string, status: number): boolean {
  if (DIALOG.has(status)) return true
  return USAGE.has(status) && OF_THE_CALL.has(method)
}

const DIALOG: ReadonlySet<number> = new Set([404, 410, 416, 482, 483, 484, 485, 502, 604])
const USAGE: ReadonlySet<number> = new Set([408, 481])
const OF_THE_CALL: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'INFO', 'MESSAGE', 'OPTIONS'])

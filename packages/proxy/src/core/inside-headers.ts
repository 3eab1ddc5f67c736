/** Finds the header fields of our own namespace, `Strowger-…`, in whatever spelling. RFC 3261 §7.3.1. */
import type { SipRequest, SipResponse } from '@strowger/sip-parser'

/** Names as they are written; usually there are none, and that is found out without decoding a line. */
export function insideHeaders(message: SipRequest | SipResponse): readonly string[] {
  if (!mentionsInside(message)) return NONE
  const names = new Set<string>()
  for (const { name } of message.headers) if (name.toLowerCase().startsWith(PREFIX)) names.add(name)
  return [...names]
}

function mentionsInside({ wire, body }: SipRequest | SipResponse): boolean {
  const end = wire.length - body.length
  for (let at = wire.indexOf(LF); at >= 0 && at < end; at = wire.indexOf(LF, at + 1)) {
    let i = 0
    while (i < PREFIX.length && (wire[at + 1 + i]! | 0x20) === CODES[i]) i++
    if (i === PREFIX.length) return true
  }
  return false
}

const PREFIX = 'strowger-'
/** Lower case; a hyphen keeps its value under `| 0x20`. */
const CODES: readonly number[] = [...PREFIX].map(c => c.charCodeAt(0) | 0x20)
const LF = 10
const NONE: readonly string[] = []

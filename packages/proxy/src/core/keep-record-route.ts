/**
 * Keeps the Record-Route of a response as we sent it: proxies beyond may have put values on top, nothing else is theirs to change. A phone
 * that leaves ours out, or puts its own in their place, would aim the rest of the dialog. RFC 3261 §16.6 step 4, §12.1.2 (threat: route abuse).
 */
import { formatUri, type MessageEdit, RecordRoute, type SipResponse, type Uri } from '@strowger/sip-parser'

/** `sent`: the values our request left with, top to bottom. */
export function keepRecordRoute(out: MessageEdit, response: SipResponse, sent: readonly Uri[]): void {
  if (sent.length === 0) return
  const came = response.headers.all(RecordRoute).map(value => formatUri(value.uri))
  const ends = came.slice(Math.max(0, came.length - sent.length))
  if (ends.length === sent.length && sent.every((uri, i) => formatUri(uri) === ends[i])) return
  out.remove(RecordRoute)
  for (const uri of sent) out.append(RecordRoute, { uri, params: new Map() })
}

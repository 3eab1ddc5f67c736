/** Makes a request out of a URI that says what it shall be, as in Refer-To or a link. RFC 3261 §19.1.5. */
import { consistsOf, TOKEN } from './characters.ts'
import type { MessageEdit } from './edit.ts'
import { headerId } from './header-names.ts'
import { newRequest } from './new-request.ts'
import { utf8Bytes } from './text.ts'
import type { Uri } from './uri.ts'

/**
 * A request with the method (INVITE when none is given), the header fields and the body that `uri` asks for, to `uri` without them.
 * Only fields that a stranger may choose are taken: Accept-Contact, Call-Info, Event, Expires, In-Reply-To, Join, Priority, Reject-Contact,
 * Referred-By, Replaces, Reply-To, Request-Disposition, Require, Subject, Target-Dialog, To, User-to-User. All others, such as From, Via,
 * Route or an identity, are left out. Via, From, To where it was not asked for, Call-ID and CSeq are for the caller to append.
 * `undefined` when `uri` is not sip or sips, its method is none, or one of its fields has a line break in it.
 */
export function requestFor(uri: Uri): MessageEdit | undefined {
  const { scheme, headers } = uri
  const method = uri.params.get('method') ?? 'INVITE'
  if ((scheme !== 'sip' && scheme !== 'sips') || !consistsOf(method, TOKEN)) return undefined
  const params = new Map(uri.params)
  params.delete('method')
  const request = newRequest(method, { ...uri, params, headers: NOTHING })
  for (const [name, value] of headers) {
    if (name === 'body') continue
    if (/[\r\n]/.test(value)) return undefined
    const wanted = HONOURED.get(headerId(name))
    if (wanted !== undefined) request.raw(wanted, value)
  }
  const body = headers.get('body')
  return body === undefined ? request : request.body(headers.get('content-type') ?? 'text/plain', utf8Bytes(body))
}

/** By header id, so that compact forms are known too. */
const HONOURED: ReadonlyMap<number, string> = new Map(
  [
    'Accept-Contact',
    'Call-Info',
    'Event',
    'Expires',
    'In-Reply-To',
    'Join',
    'Priority',
    'Reject-Contact',
    'Referred-By',
    'Replaces',
    'Reply-To',
    'Request-Disposition',
    'Require',
    'Subject',
    'Target-Dialog',
    'To',
    'User-to-User',
  ].map(name => [headerId(name), name]),
)
const NOTHING: ReadonlyMap<string, string> = new Map()

/** Builds a request from nothing. RFC 3261 §8.1.1. */
import type { MessageEdit } from './edit.ts'
import { checkToken } from './safe-text.ts'
import { utf8Bytes } from './text.ts'
import type { Uri } from './uri.ts'
import { requestUri, WireEdit } from './wire-edit.ts'

/** Start line only: append Via, From, To, Call-ID, CSeq and what else is wanted. Throws a TypeError for a method or URI that is none. */
export function newRequest(method: string, uri: Uri | string): MessageEdit {
  const line = `${checkToken(method, 'A method')} ${requestUri(uri)} SIP/2.0\r\nContent-Length: 0\r\n\r\n`
  return new WireEdit('request', method, utf8Bytes(line), undefined)
}

/** The header values that we write, each in one place. RFC 3261 §20. */
import { Contact, type MessageEdit, parseUri, RetryAfter, type SipRequest, type SipResponse, type Uri } from '@strowger/sip-parser'
import type { House } from './house.ts'

/** What we serve. RFC 3261 §20.5. */
export const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, MESSAGE'
export const METHODS: ReadonlySet<string> = new Set(ALLOW.split(', '))

/** Our Contact names the call, not a process: whoever serves the call later finds it by that (design §8.10). */
export function contactText(house: House, call: string): string {
  const { address, port } = house.own
  return `sip:${call}@${address.includes(':') ? `[${address}]` : address}:${port}`
}

/** What every message of ours that makes a dialog or refreshes its target carries. */
export function putContact(edit: MessageEdit, house: House, call: string): MessageEdit {
  return edit.append(Contact, { uri: uriOf(contactText(house, call)), params: NO_PARAMS }).raw('Allow', ALLOW)
}

/** 0 asks for nothing. */
export function putRetryAfter(edit: MessageEdit, seconds: number): MessageEdit {
  return seconds === 0 ? edit : edit.append(RetryAfter, { seconds })
}

/** A quoted-pair may hold what no writer lets through (RFC 3261 §25.1): such text of a far end goes no further. */
export function isWritable(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (FORBIDDEN.has(text.charCodeAt(i))) return false
  return true
}

/** Copies all lines called `names`, as they came. */
export function copyHeaders(edit: MessageEdit, from: SipRequest | SipResponse, names: readonly string[]): MessageEdit {
  for (const name of names) for (const value of from.headers.raw(name)) if (isWritable(value)) edit.raw(name, value)
  return edit
}

/** NUL, LF, CR. */
const FORBIDDEN: ReadonlySet<number> = new Set([0, 10, 13])

/** Of our own text: a URI that does not parse is a bug. */
export function uriOf(text: string): Uri {
  const uri = parseUri(text)
  if (uri === undefined) throw new TypeError(`not a URI: ${JSON.stringify(text)}`)
  return uri
}

export const NO_PARAMS: ReadonlyMap<string, string> = new Map()

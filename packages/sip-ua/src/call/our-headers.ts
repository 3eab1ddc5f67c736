/** What every message of ours says about us. RFC 3261 §20.5, §20.37, §20.41. */
import { Contact, type MessageEdit, parseUri, type Uri } from '@strowger/sip-parser'
import type { HeaderLine } from './call.ts'
import type { UserAgentOptions } from './options.ts'

const OWN_METHODS = ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'PRACK', 'UPDATE']
const DEFAULT_METHODS = ['INFO', 'MESSAGE', 'NOTIFY', 'REFER']
const DEFAULT_EVENTS = ['refer']

/** Extensions we know, by option tag; who gets REFER can leave the subscription out (RFC 4488 §5). RFC 3261 §20.32, §20.37. */
export function extensions(options: UserAgentOptions): readonly string[] {
  const { sessionTimer, reliable } = options
  return [
    'replaces',
    ...(reliable === 'never' ? [] : ['100rel']),
    ...(sessionTimer === 'off' ? [] : ['timer']),
    ...(surfacing(options).includes('REFER') ? ['norefersub'] : []),
  ]
}

export function surfacing({ methods }: UserAgentOptions): readonly string[] {
  return methods ?? DEFAULT_METHODS
}

export function knownEvents({ events }: UserAgentOptions): readonly string[] {
  return events ?? DEFAULT_EVENTS
}

export function allow(options: UserAgentOptions): string {
  return [...OWN_METHODS, ...surfacing(options)].join(', ')
}

/** For requests and responses that make a dialog or refresh one. */
export function putOurs(edit: MessageEdit, options: UserAgentOptions, contact: string): MessageEdit {
  if (edit.get(Contact) === undefined) edit.append(Contact, { uri: uriOf(contact, 'contact'), params: new Map() })
  return edit.raw('Allow', allow(options)).raw('Supported', extensions(options).join(', '))
}

export function putLines(edit: MessageEdit, lines: readonly HeaderLine[] = []): MessageEdit {
  for (const [name, value] of lines) edit.raw(name, value)
  return edit
}

export function putProduct(edit: MessageEdit, { product }: UserAgentOptions): MessageEdit {
  return product === undefined ? edit : edit.raw(edit.kind === 'request' ? 'User-Agent' : 'Server', product)
}

/** Of text that our own side gave. */
export function uriOf(text: string, what: string): Uri {
  const uri = parseUri(text)
  if (uri === undefined) throw new TypeError(`${what} is a URI, not ${JSON.stringify(text)}`)
  return uri
}

/** Verbs: send INFO, MESSAGE, REFER, NOTIFY and the like inside a call, and respond to theirs. RFC 3261 §12.2, RFC 6086 §4, RFC 3515 §2.4. */
import type { State } from './agent-state.ts'
import { askInDialog } from './ask.ts'
import type { Call, CallDialog, HeaderLine } from './call.ts'
import { respond } from './serve.ts'

/** What a request inside a call, or our response to one, carries besides what the agent writes itself. RFC 3261 §12.2. */
export interface RequestOptions {
  /** Further header fields: Event, Refer-To. */
  readonly headers?: readonly HeaderLine[]
  /** Given together with `body`. */
  readonly contentType?: string
  /** The bytes as they are; Content-Length follows by itself. */
  readonly body?: Uint8Array
}

/** The name under which its `response` comes. Throws a TypeError for methods that have verbs of their own. */
export function request(state: State, call: Call, at: CallDialog, method: string, options: RequestOptions): number {
  if (OWN.has(method)) throw new TypeError(`${method} is not sent by \`request\`: the agent sends it by itself, or by another verb`)
  const { headers = [], contentType, body } = options
  const id = call.nextId++
  askInDialog(state, call, at, { is: 'request', method, headers, id, ...(body && { body }) }, edit => {
    if (contentType !== undefined && body !== undefined) edit.body(contentType, body)
  })
  return id
}

/** False when there is no such request, or it has been answered, or the call has ended and it with it. */
export function respondTo(state: State, call: Call, id: number, status: number, options: RequestOptions): boolean {
  const serving = call.servings.find(each => each.id === id && each.is === 'request')
  if (serving === undefined) return false
  const { headers = [], contentType, body } = options
  const sent = respond(state, call, serving, { status, headers }, edit => {
    if (contentType !== undefined && body !== undefined) edit.body(contentType, body)
  })
  return sent !== undefined
}

const OWN: ReadonlySet<string> = new Set(['INVITE', 'ACK', 'CANCEL', 'BYE', 'PRACK', 'UPDATE'])

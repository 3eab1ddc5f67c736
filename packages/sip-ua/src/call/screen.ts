/** What an INVITE, or any request of the far end, is refused for before anybody is asked. RFC 3261 §8.2.2, §8.2.3, §21.4. */
import { Contact, type MessageEdit, Require, type SipRequest } from '@strowger/sip-parser'
import type { Incoming } from '@strowger/sip-transaction'
import { reliabilityOf } from '../reliable-1xx-receive.ts'
import type { State } from './agent-state.ts'
import { isForeign, SDP } from './description.ts'
import { tagsIn } from './extension-headers.ts'
import { extensions } from './our-headers.ts'
import { tooBrief } from './timer-headers.ts'

/** A status to refuse with, and the header that says why. */
export interface Refusal {
  readonly status: number
  readonly header?: readonly [name: string, value: string]
}

/** Of an INVITE that begins a call. Dialogs and Replaces are looked at elsewhere. */
export function refusalOfInvite(state: State, { request, merged }: Incoming): Refusal | undefined {
  const { options } = state
  if (merged) return { status: 482 }
  if (!SCHEMES.has(request.uri.scheme)) return { status: 416 }
  const refusal = refusalOfRequest(state, request)
  if (refusal !== undefined) return refusal
  const contact = request.headers.get(Contact)
  if (contact === undefined || contact === '*') return { status: 400 }
  if (reliabilityOf(tagsIn(request), options.reliable ?? 'when supported') === 'refuse 421')
    return { status: 421, header: ['Require', '100rel'] }
  return undefined
}

/** Of any request: extensions, bodies, sessions too short. */
export function refusalOfRequest(state: State, request: SipRequest): Refusal | undefined {
  const known = extensions(state.options)
  const unknown = request.headers.all(Require).filter(tag => !known.includes(tag.toLowerCase()))
  if (unknown.length > 0) return { status: 420, header: ['Unsupported', unknown.join(', ')] }
  if (!DESCRIBING.has(request.method)) return undefined
  if (isForeign(request)) return { status: 415, header: ['Accept', SDP] }
  const minSe = REFRESHING.has(request.method) ? tooBrief(state, request) : undefined
  return minSe === undefined ? undefined : { status: 422, header: ['Min-SE', String(minSe)] }
}

export function putRefusal(edit: MessageEdit, { header }: Refusal): MessageEdit {
  return header === undefined ? edit : edit.raw(header[0], header[1])
}

/** RFC 3261 §21.4.14. */
const SCHEMES: ReadonlySet<string> = new Set(['sip', 'sips', 'tel'])
/** Requests whose body is a session description. */
const DESCRIBING: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'PRACK'])
const REFRESHING: ReadonlySet<string> = new Set(['INVITE', 'UPDATE'])

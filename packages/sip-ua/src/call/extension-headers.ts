/** What PRACK, session timers and Replaces say in a message, in the terms of their machines. RFC 3262 §7, RFC 4028 §4, §5, RFC 3891 §6.1. */
import { MinSE, Replaces, Require, SessionExpires, type SipRequest, type SipResponse, Supported } from '@strowger/sip-parser'
import type { TimerRequest } from '../session-timer.ts'

type Message = SipRequest | SipResponse

export function minSeIn({ headers }: Message): number | undefined {
  return headers.get(MinSE)?.seconds
}

export function timerRequestIn(message: Message): TimerRequest {
  const { require, supported } = tagsIn(message)
  return {
    supported: [...supported, ...require].some(tag => tag.toLowerCase() === 'timer'),
    expires: message.headers.get(SessionExpires),
    minSe: minSeIn(message),
  }
}

/** All values of Replaces; `undefined` when one makes no sense, which is a 400. */
export function replacesIn({ headers }: SipRequest): readonly Replaces[] | undefined {
  const read = headers.readAll(Replaces)
  if (read.kind === 'malformed') return undefined
  return read.kind === 'value' ? read.value : []
}

/** Option tags. RFC 3261 §20.32, §20.37. */
export function tagsIn({ headers }: Message): { readonly require: readonly string[]; readonly supported: readonly string[] } {
  return { require: headers.all(Require), supported: headers.all(Supported) }
}

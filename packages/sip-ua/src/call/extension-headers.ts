/** Reads what PRACK, session timers and Replaces put into messages. RFC 3262 §7, RFC 4028 §4, §5, RFC 3891 §6.1. */
import { Require, type SipRequest, type SipResponse, Supported } from '@strowger/sip-parser'
import type { Acknowledged } from '../reliable-1xx.ts'
import type { DialogReference } from '../replaces.ts'
import type { SessionExpires, TimerRequest } from '../session-timer.ts'

type Message = SipRequest | SipResponse

export function rseqIn({ headers }: Message): number | undefined {
  return numberIn(headers.raw('RSeq')[0])
}

export function rackIn({ headers }: Message): Acknowledged | undefined {
  const found = /^(\d{1,10})\s+(\d{1,10})\s+(\S+)$/.exec(headers.raw('RAck')[0] ?? '')
  return found ? { rseq: Number(found[1]), sequence: Number(found[2]), method: found[3]! } : undefined
}

export function minSeIn({ headers }: Message): number | undefined {
  return numberIn(headers.raw('Min-SE')[0]?.split(';')[0])
}

export function sessionExpiresIn({ headers }: Message): SessionExpires | undefined {
  const [seconds, ...params] = (headers.raw('Session-Expires')[0] ?? headers.raw('x')[0] ?? '').split(';')
  const number = numberIn(seconds)
  if (number === undefined) return undefined
  const refresher = /^\s*refresher\s*=\s*(uac|uas)\s*$/i
  const found = params.map(each => refresher.exec(each)?.[1]?.toLowerCase()).find(each => each !== undefined)
  return { seconds: number, refresher: found as 'uac' | 'uas' | undefined }
}

export function timerRequestIn(message: Message): TimerRequest {
  const supported = [...message.headers.all(Supported), ...message.headers.all(Require)].some(tag => tag.toLowerCase() === 'timer')
  return { supported, expires: sessionExpiresIn(message), minSe: minSeIn(message) }
}

/** All values of Replaces; one that makes no sense names no call. */
export function replacesIn({ headers }: Message): DialogReference[] {
  return headers.raw('Replaces').map(text => {
    const [callId, ...params] = text.split(';').map(each => each.trim())
    const named = new Map(params.map(each => [each.split('=')[0]!.trim().toLowerCase(), each.split('=')[1]?.trim() ?? '']))
    return {
      callId: callId ?? '',
      toTag: named.get('to-tag') ?? '',
      fromTag: named.get('from-tag') ?? '',
      earlyOnly: named.has('early-only'),
    }
  })
}

export function tagsIn(message: Message): { readonly require: readonly string[]; readonly supported: readonly string[] } {
  return { require: message.headers.all(Require), supported: message.headers.all(Supported) }
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : undefined
}

/** Compares a message with what a step expects. RFC 3261 §7. */
import { CSeq, type Parsed, utf8 } from '@strowger/sip-parser'
import type { Awaited, Expectation } from './script.ts'

/** `INVITE`, `180 of INVITE`, `malformed (bad-via)`. */
export function messageText(message: Parsed): string {
  if (message.kind === 'request') return message.method
  if (message.kind === 'malformed') return `malformed (${message.code} at byte ${message.offset})`
  return `${message.status} of ${message.headers.get(CSeq)?.method ?? 'nothing'}`
}

/** Whether it is of the kind that is waited for; what else must hold is for `faultOf`. */
export function isOfKind(message: Parsed, what: Awaited, { method }: Expectation = {}): boolean {
  if (message.kind === 'request') return message.method === what
  if (message.kind === 'malformed') return what === 'malformed'
  const wanted = String(what)
  const status = String(message.status)
  return (wanted === status || wanted === `${status[0]}xx`) && (method === undefined || message.headers.get(CSeq)?.method === method)
}

/** What a message of the right kind lacks, in one sentence. */
export function faultOf(message: Parsed, { headers = {}, without = [], body, check }: Expectation): string | undefined {
  if (message.kind !== 'malformed') {
    for (const [name, wanted] of Object.entries(headers)) {
      const value = message.headers.raw(name)[0]
      if (value === undefined) return `it has no ${name}`
      if (!contains(value, wanted)) return `${name} is "${value}", and ${wanted} was expected`
    }
    const unwanted = without.find(name => message.headers.raw(name).length > 0)
    if (unwanted !== undefined) return `it has ${unwanted}`
    if (body !== undefined && !contains(utf8(message.body), body)) return `its body does not have ${body}`
  }
  return check?.(message)
}

function contains(value: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? value.includes(wanted) : wanted.test(value)
}

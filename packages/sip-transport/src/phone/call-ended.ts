/** Why a call is over, in words. RFC 3261 §15, §13.2.2. */
import { statusPhrase } from '@strowger/sip-parser'
import type { CallOutput } from './phone-call.ts'

/** The call ended before what was waited for; {@link ended} says how, the message in words: `sip:bob@example.com answered 486 Busy Here`. */
export class CallEndedError extends Error {
  /** Tells it from other errors. */
  readonly code: 'call-ended' = 'call-ended'
  /** Behind a getter: an error that nobody catches is printed with its fields, and a message is long. */
  readonly #ended: CallOutput<'ended'>

  /** `peer`: who was at the other end. */
  constructor(ended: CallOutput<'ended'>, peer: string) {
    super(wordsFor(ended, peer))
    this.name = 'CallEndedError'
    this.#ended = ended
  }

  /** The last thing the call told. */
  get ended(): CallOutput<'ended'> {
    return this.#ended
  }
}

function wordsFor(ended: CallOutput<'ended'>, peer: string): string {
  const { by, status, cause } = ended
  if (by === 'them') return theirEnd(ended, peer)
  if (by === 'us') return `${ourEnd(ended, peer)}${cause === undefined ? '' : ` (${cause})`}`
  const what = cause === undefined ? 'is gone' : (NETWORK[cause] ?? `is gone: ${cause}`)
  return `${peer} ${what}${status < 300 ? '' : ` (${status})`}`
}

function theirEnd({ request, response, status }: CallOutput<'ended'>, peer: string): string {
  if (request !== undefined) return `${peer} ${request.method === 'CANCEL' ? 'gave up' : 'hung up'}`
  return `${peer} answered ${status} ${response?.reason || statusPhrase(status)}`
}

function ourEnd({ response, status }: CallOutput<'ended'>, peer: string): string {
  if (status < 300) return `we hung up on ${peer}`
  return response === undefined && status !== 487 ? `we answered ${peer} ${status} ${statusPhrase(status)}` : `we gave up calling ${peer}`
}

/** What the agent calls it, and what a reader calls it. */
const NETWORK: Readonly<Record<string, string>> = {
  timeout: 'does not answer',
  transport: 'cannot be reached',
  expired: 'was not answered in time',
  'no answer in the call': 'does not answer any more',
  'call unknown': 'does not know the call any more',
}

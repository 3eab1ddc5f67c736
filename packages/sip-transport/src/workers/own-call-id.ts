/** A Call-ID of this worker: what is answered comes back to who has asked. RFC 3261 §8.1.1.4. */
import { nodeToken } from '@strowger/sip-transaction/node'
import type { SipEndpoint } from '../endpoint.ts'

/** New and random. Undefined where this worker owns nothing, or does not know yet what. */
export function ownCallId(endpoint: Pick<SipEndpoint, 'takesNew'>): string | undefined {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const callId = nodeToken()
    if (endpoint.takesNew(callId)) return callId
  }
  return undefined
}

/** Of 64 workers one finds none among so many in one of a million times. */
const MOST_TRIES = 1000

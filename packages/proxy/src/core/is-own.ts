/** Whether a URI names one of our listeners. RFC 3261 §16.4. */
import type { Uri } from '@strowger/sip-parser'
import type { Policy } from './step.ts'

export function isOwn(uri: Pick<Uri, 'host' | 'port'>, policy: Pick<Policy, 'own'>): boolean {
  const port = uri.port ?? 5060
  return policy.own.some(own => own.address === uri.host && own.port === port)
}

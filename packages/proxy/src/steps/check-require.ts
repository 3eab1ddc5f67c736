/** Refuses extensions that we lack, where we are the one who is asked: REGISTER, and OPTIONS to ourselves. RFC 3261 §8.2.2.3, §10.3 step 2. */
import { Require } from '@strowger/sip-parser'
import { next, reply, type Step } from '../core/step.ts'

export const checkRequire: Step = context => {
  const { method, headers } = context.request
  if (method !== 'REGISTER' && method !== 'OPTIONS') return next(context)
  const unknown = headers.all(Require).filter(option => !KNOWN.has(option.toLowerCase()))
  return unknown.length === 0 ? next(context) : reply(420, { headers: [['Unsupported', unknown.join(', ')]] })
}

/** RFC 3327. */
const KNOWN: ReadonlySet<string> = new Set(['path'])

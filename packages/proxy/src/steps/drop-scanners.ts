/** Answers nothing to known scanners: never confirm that we exist. */
import { UserAgent } from '@strowger/sip-parser'
import { next, type Step } from '../core/step.ts'

export const dropScanners: Step = context => {
  const agent = context.request.headers.get(UserAgent)?.toLowerCase()
  if (agent !== undefined && SCANNERS.some(name => agent.includes(name))) return { kind: 'drop' }
  return next(context)
}

const SCANNERS: readonly string[] = [
  'friendly-scanner',
  'sipvicious',
  'sipcli',
  'sip-scan',
  'sundayddr',
  'iwar',
  'sivus',
  'gulp',
  'smap',
  'pplsip',
]

/** Takes away what a phone says of its own identity: only the application server asserts one. RFC 3325 §5. */
import { type BranchContext, next, type ResponseStep, type Step, withChanges } from '../core/step.ts'

export const distrustIdentity: Step<BranchContext> = context => {
  if (context.side !== 'outside') return next(context)
  return next({ ...context, changes: withChanges(context.changes, { remove: ASSERTED }) })
}

export const distrustIdentityOfResponse: Step<ResponseStep> = context => {
  if (context.target.side !== 'outside') return next(context)
  return next({ ...context, changes: withChanges(context.changes, { remove: ASSERTED }) })
}

const ASSERTED: readonly string[] = ['P-Asserted-Identity', 'Remote-Party-ID']

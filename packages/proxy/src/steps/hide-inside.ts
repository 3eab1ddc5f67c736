/** Takes our namespace out of everything that crosses us, whoever wrote it there; what we say ourselves is added after. */
import { insideHeaders } from '../core/inside-headers.ts'
import { type BranchContext, next, type ResponseStep, type Step, withChanges } from '../core/step.ts'

export const hideInside: Step<BranchContext> = context => {
  const remove = insideHeaders(context.request)
  return next(remove.length === 0 ? context : { ...context, changes: withChanges(context.changes, { remove }) })
}

export const hideInsideOfResponse: Step<ResponseStep> = context => {
  const remove = insideHeaders(context.response)
  return next(remove.length === 0 ? context : { ...context, changes: withChanges(context.changes, { remove }) })
}

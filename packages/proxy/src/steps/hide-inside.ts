/** Takes our namespace out of responses, whoever wrote it there. */

import { CONTEXT_HEADER } from '@strowger/runtime'
import { next, type ResponseStep, type Step, withChanges } from '../core/step.ts'

export const hideInside: Step<ResponseStep> = context =>
  next({ ...context, changes: withChanges(context.changes, { remove: [CONTEXT_HEADER] }) })

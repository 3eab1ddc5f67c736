/** Takes no new call while the daemon drains; dialogs that exist went their way before this step. */
import { next, reply, type Step } from '../core/step.ts'

export const refuseWhileDraining: Step = (context, { policy }) =>
  policy.draining() ? reply(503, { headers: [['Retry-After', '5']] }) : next(context)

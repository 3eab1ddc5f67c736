/** Takes no new call while the daemon drains; dialogs that exist went their way before this step. RFC 3261 §21.5.4. */
import { next, type Step } from '../core/step.ts'
import { unavailable } from './unavailable.ts'

/** An application server that drains first may still set up the calls it has; one that goes on has another proxy to go to. */
export const refuseWhileLeaving: Step = (context, house) => (house.policy.leaving() ? unavailable(house) : next(context))

export const refuseWhileDraining: Step = (context, house) => (house.policy.draining() ? unavailable(house) : next(context))

/** Takes no new call while the daemon drains; dialogs that exist went their way before this step. RFC 3261 §21.5.4. */
import { next, type Step } from '../core/step.ts'
import { unavailable } from './unavailable.ts'

export const refuseWhileDraining: Step = (context, house) => (house.policy.draining() ? unavailable(house) : next(context))

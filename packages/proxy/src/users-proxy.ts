/** What the users' proxy does with a message, top to bottom. One step, one file. */
import type { Lists } from './core/state.ts'
import type { Step } from './core/step.ts'
import { answerMedia } from './steps/answer-media.ts'
import { answerOptions } from './steps/answer-options.ts'
import { authenticate } from './steps/authenticate.ts'
import { checkLoop } from './steps/check-loop.ts'
import { checkMaxForwards } from './steps/check-max-forwards.ts'
import { checkProxyRequire } from './steps/check-proxy-require.ts'
import { checkRequire } from './steps/check-require.ts'
import { checkScheme } from './steps/check-scheme.ts'
import { distrustIdentity, distrustIdentityOfResponse } from './steps/distrust-identity.ts'
import { dropScanners } from './steps/drop-scanners.ts'
import { followRoute } from './steps/follow-route.ts'
import { hideInside, hideInsideOfResponse } from './steps/hide-inside.ts'
import { lookUp } from './steps/look-up.ts'
import { nameCall } from './steps/name-call.ts'
import { offerMedia } from './steps/offer-media.ts'
import { onlyCalls } from './steps/only-calls.ts'
import { recognise } from './steps/recognise.ts'
import { refuseChallenge } from './steps/refuse-challenge.ts'
import { refuseWhileDraining, refuseWhileLeaving } from './steps/refuse-while-draining.ts'
import { register } from './steps/register.ts'
import { restoreRequestUri } from './steps/restore-request-uri.ts'
import { shedLoad } from './steps/shed-load.ts'
import { toApplicationServer } from './steps/to-application-server.ts'
import { tryNextTarget } from './steps/try-next-target.ts'

const fromPhone: readonly Step[] = [
  answerOptions, //        keep-alives, RFC 3261 §11
  authenticate, //         401 and 407, RFC 3261 §22, RFC 8760; still without a transaction
  register, //             bindings, RFC 3261 §10.3
  onlyCalls, //            405, 489
  nameCall, //             the id of the call, and its record
  refuseWhileDraining, //  503
  toApplicationServer, //  the only way out
]

const fromAppserver: readonly Step[] = [
  answerOptions,
  refuseWhileLeaving,
  lookUp, // bindings of the user who is called, 480 when there are none
]

const onRequest: readonly Step[] = [
  dropScanners, //       no answer at all
  shedLoad, //           503 to new work while there is too much
  checkMaxForwards, //   483, RFC 3261 §16.3 step 3
  checkLoop, //          482, RFC 3261 §16.3 step 4
  checkProxyRequire, //  420, RFC 3261 §16.3 step 5
  restoreRequestUri, //  what a strict router did, RFC 3261 §16.4
  followRoute, //        requests of a dialog leave here, RFC 3261 §16.4
  checkScheme, //        416
  checkRequire, //       420 where we are the server
  recognise({ inside: fromAppserver, outside: fromPhone }),
]

export const usersProxy: Lists = {
  onRequest,
  onBranch: [hideInside, distrustIdentity, offerMedia],
  onResponse: [refuseChallenge(480), answerMedia, hideInsideOfResponse, distrustIdentityOfResponse],
  tryNext: tryNextTarget,
}

/** What the trunks' proxy does with a message, top to bottom. One step, one file. */
import type { Lists } from './core/state.ts'
import type { Step } from './core/step.ts'
import { answerMedia } from './steps/answer-media.ts'
import { answerOptions } from './steps/answer-options.ts'
import { checkLoop } from './steps/check-loop.ts'
import { checkMaxForwards } from './steps/check-max-forwards.ts'
import { checkProxyRequire } from './steps/check-proxy-require.ts'
import { checkRequire } from './steps/check-require.ts'
import { checkScheme } from './steps/check-scheme.ts'
import { dropScanners } from './steps/drop-scanners.ts'
import { findWays } from './steps/find-ways.ts'
import { followRoute } from './steps/follow-route.ts'
import { hideInside, hideInsideOfResponse } from './steps/hide-inside.ts'
import { knownProvider } from './steps/known-provider.ts'
import { nameCall } from './steps/name-call.ts'
import { offerMedia } from './steps/offer-media.ts'
import { onlyCalls } from './steps/only-calls.ts'
import { recognise } from './steps/recognise.ts'
import { refuseChallenge } from './steps/refuse-challenge.ts'
import { refuseWhileDraining, refuseWhileLeaving } from './steps/refuse-while-draining.ts'
import { restoreRequestUri } from './steps/restore-request-uri.ts'
import { shedLoad } from './steps/shed-load.ts'
import { toApplicationServer } from './steps/to-application-server.ts'
import { toCarrier } from './steps/to-carrier.ts'
import { tryNextTarget } from './steps/try-next-target.ts'

const fromCarrier: readonly Step[] = [
  knownProvider, //        403 for every other address
  answerOptions, //        carriers probe us, RFC 3261 §11
  onlyCalls, //            405, 489
  nameCall, //             the id of the call, and its record
  refuseWhileDraining, //  503
  toApplicationServer, //  the only way in
]

const fromAppserver: readonly Step[] = [
  answerOptions,
  refuseWhileLeaving,
  toCarrier, // one carrier after the other
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
  recognise({ inside: fromAppserver, outside: fromCarrier }),
]

export const trunksProxy: Lists = {
  onRequest,
  onBranch: [findWays, hideInside, offerMedia],
  onResponse: [refuseChallenge(503), answerMedia, hideInsideOfResponse],
  tryNext: tryNextTarget,
}

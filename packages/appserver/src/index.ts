/**
 * The application server: a back-to-back user agent between the two proxies. It never speaks to a phone or a carrier, and never
 * touches an address in SDP. `calls.ts` is the pure core, one verb per file in `call/`; `daemon.ts` is the shell around it.
 *
 * ```ts
 * import { run } from '@strowger/runtime'
 * import { startAppserver } from '@strowger/appserver'
 *
 * await run('appserver', startAppserver)
 * ```
 *
 * @packageDocumentation
 */

export type { House } from './call/house.ts'
export type { CallOutput, EchoAnswer } from './call/output.ts'
export { type CallCounts, Calls } from './calls.ts'
export { startAppserver } from './daemon.ts'

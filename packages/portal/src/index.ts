/**
 * Health and counters of the platform over HTTP.
 *
 * @packageDocumentation
 */
export { type Portal, startPortal } from './daemon.ts'
export { mergeExpositions } from './exposition.ts'
export { type PlatformHealth, platformHealth, type RoleStatus } from './health.ts'

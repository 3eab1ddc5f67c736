/**
 * The two proxies that outside parties talk to: the users' proxy (phones, and the registrar) and the trunks' proxy (carriers).
 * A proxy is a list of typed steps over a pure RFC 3261 §16 core; `users-proxy.ts` and `trunks-proxy.ts` are those lists.
 *
 * @packageDocumentation
 */
export { startTrunksProxy } from './start-trunks-proxy.ts'
export { startUsersProxy } from './start-users-proxy.ts'

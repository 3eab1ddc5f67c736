/**
 * SIP user agents without IO: digest authentication on both sides, dialogs as plain data, offer and answer, registration.
 * Hash, randomness and time are arguments; `@strowger/sip-ua/node` supplies the first two. Nothing here throws on what came from the
 * network; a `TypeError` means that the caller made a mistake.
 *
 * ```ts
 * import { authorize, challenges, ha1, Nonces, verify } from '@strowger/sip-ua/digest'
 * import { nodeHash, nodeSign, nodeToken } from '@strowger/sip-ua/node'
 *
 * const nonces = new Nonces({ issuer: nodeToken(), sign: nodeSign() })
 * const [realm, username, method, uri, hash] = ['example.com', '101', 'REGISTER', 'sip:example.com', nodeHash] as const
 * const asked = challenges({ realm, nonce: nonces.issue(0) }) // one WWW-Authenticate each, SHA-256 first
 *
 * const authorization = authorize({ challenges: asked, username, password: 'secret', method, uri, hash, cnonce: nodeToken() })!
 * const verdict = verify({
 *   authorization, method, realm, hash,
 *   ha1Of: algorithm => ha1(hash, algorithm, username, realm, 'secret'), // what the database keeps
 *   nonceOk: (nonce, nc) => nonces.check(nonce, nc, 1000),
 * })
 * console.log(verdict) // 'ok', 'stale', 'wrong' or 'malformed'
 * ```
 *
 * @packageDocumentation
 */
export { backOffMs, keepAliveMs } from './back-off.ts'
export {
  confirm,
  type Dialog,
  type DialogSeed,
  dialogAsClient,
  dialogAsServer,
  dialogId,
  dialogIdOf,
  dialogSeed,
  refreshTarget,
} from './dialog.ts'
export {
  cancelForks,
  type DialogForks,
  endEarlyForks,
  type Forked,
  type ForkStep,
  forksOf,
  takeResponse,
  withDialog,
} from './dialog-forks.ts'
export { receiveIn } from './dialog-receive.ts'
export { ackFor2xx, credentialsIn, hopUriOf, requestIn, type SentCredentials } from './dialog-request.ts'
export { Registration } from './registration.ts'
export { type FlowOutput, FlowRegistrations, type FlowRegistrationsOptions } from './registration-flows.ts'
export type { RegistrationGrant } from './registration-grant.ts'
export type { RegistrationOptions, RegistrationOutput } from './registration-options.ts'
export type { SavedRegistration } from './registration-saved.ts'
export { type RegistrationState, registrationTable } from './registration-table.ts'
export { type Reliable2xx, startReliable2xx, type Wake2xx, wakeReliable2xx } from './reliable-2xx.ts'
export { bindingOf, type RequestBinding } from './request-binding.ts'

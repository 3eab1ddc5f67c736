/**
 * What a SIP user agent is made of, without IO: registrations, dialogs, whole calls, digest authentication on both sides, subscriptions and
 * events, and the rules beneath them as small machines. Hash, randomness and time are arguments; `@strowger/sip-ua/node` supplies the first
 * two. State is plain data. Nothing here throws on what came from the network; a `TypeError` means that the caller made a mistake.
 *
 * ```ts
 * import { Registration } from '@strowger/sip-ua'
 * import { nodeHash as hash, nodeRandom as random, nodeToken as token } from '@strowger/sip-ua/node'
 *
 * const phone = new Registration({
 *   registrar: 'sip:example.com',
 *   aor: 'sip:alice@example.com',
 *   contact: 'sip:alice@192.0.2.7:5060',
 *   ...{ username: 'alice', password: 'secret' },
 *   ...{ hash, token, random },
 * })
 * phone.start(0)
 * for (let output = phone.poll(); output; output = phone.poll())
 *   if (output.kind === 'send') console.log(output.request.method, 'to', output.hop.host) // REGISTER to example.com
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

/**
 * What the platform decides, as pure functions over plain data: what a dialled number is, which carriers take it, and what the
 * record of a call says. No clock, no store, no socket: the daemons bring the rows and the facts, and act on the answer.
 *
 * ```ts
 * import { classify, foldCdr, readFact } from '@strowger/domain'
 *
 * const services = [{ code: '43', takesArgument: false, name: 'echo' }]
 * const extensions = new Map([['102', { userId: 2 }]])
 * classify('*43', { services, extension: number => extensions.get(number) }) // { kind: 'service', … }
 * classify('102', { services, extension: number => extensions.get(number) }) // { kind: 'extension', … }
 *
 * const facts = lines.map(readFact).filter(fact => fact !== undefined)
 * foldCdr(facts) // the record, or undefined while the call goes on
 * ```
 * @packageDocumentation
 */
export { type Cdr, type CdrLeg, INTERRUPTED } from './cdr.ts'
export { classify, type Dialled, type DialView, type ServiceCode } from './classify.ts'
export { isE164, type NumberingPlan, normalizeE164 } from './e164.ts'
export { type CalledUri, isEmergency } from './emergency.ts'
export {
  type AnswerFact,
  type AttemptFact,
  type BootFact,
  type Direction,
  type EndFact,
  type Fact,
  type FactHead,
  factKey,
  type IdentityFact,
  type MediaFact,
  ownsCalls,
  type Party,
  type RefusedFact,
  type RingingFact,
  type Tenant,
} from './fact.ts'
export { foldCdr } from './fold-cdr.ts'
export { type CarrierChoice, chooseCarriers, type OutgoingRoute } from './outgoing-routes.ts'
export { isFact, readFact } from './read-fact.ts'

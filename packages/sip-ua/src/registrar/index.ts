/**
 * The registrar: what a REGISTER does, and a table of bindings that a hundred thousand phones fit into. RFC 3261 §10, RFC 3327, RFC 5626.
 * Without IO: the time is an argument, a database is told of changes.
 *
 * ```ts
 * import { responseTo, type SipRequest, To } from '@strowger/sip-parser'
 * import { Registrar } from '@strowger/sip-ua/registrar'
 *
 * const registrar = new Registrar({ limits: { maxContacts: 3 } })
 *
 * function answer(request: SipRequest, now: number) {
 *   const to = request.headers.get(To)!.uri // who it is, and whether they may, was asked before
 *   const { status, reason, headers = [] } = registrar.register(request, `${to.user}@${to.host}`, now)
 *   return responseTo(request, status, { toTag: 'a6c85cf', headers, ...(reason !== undefined && { reason }) })
 * }
 *
 * const where = registrar.of('alice@example.com', Date.now()) // for a call: contact, path, q
 * ```
 *
 * @packageDocumentation
 */
export type { Binding } from './binding.ts'
export { Bindings } from './bindings.ts'
export { type Registered, type RegisterReply, type RegistrarLimits, register } from './register.ts'
export { Registrar, type RegistrarOptions } from './registrar.ts'

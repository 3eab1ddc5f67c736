/**
 * The four SIP transaction machines (RFC 3261 §17, with RFC 6026 and RFC 4320) as tables, and the layer that runs them. No socket,
 * no clock and no randomness inside: time is an argument, and what is to be done comes out of `poll`. An hour of calls is a
 * millisecond of test.
 *
 * ```ts
 * import { CallId, CSeq, From, newRequest, parseUri, To } from '@strowger/sip-parser'
 * import { TransactionLayer } from '@strowger/sip-transaction'
 * import { nodeTagOf, nodeToken } from '@strowger/sip-transaction/node'
 *
 * const layer = new TransactionLayer({ token: nodeToken, tagOf: nodeTagOf(new Uint8Array(16)) })
 * const bob = { uri: parseUri('sip:bob@192.0.2.2')!, params: new Map() }
 * const call = newRequest('INVITE', bob.uri).append(From, bob).append(To, bob).append(CallId, nodeToken()).append(CSeq, { sequence: 1, method: 'INVITE' })
 * layer.send(0, call, { transport: 'UDP', local: { address: '192.0.2.1', port: 5060 }, remote: { address: '192.0.2.2', port: 5060 } })
 *
 * // Nobody answers: sent seven times, given up after 32 s. The clock is a variable.
 * for (let now = 0; now < Infinity; now = layer.nextWake) {
 *   layer.wake(now)
 *   for (let out = layer.poll(); out !== undefined; out = layer.poll()) console.log(now, out.kind)
 * }
 * ```
 *
 * @packageDocumentation
 */
export type { Address, Hop, Millis } from './hop.ts'
export { type InviteClientState, inviteClient } from './invite-client.ts'
export { type InviteServerState, inviteServer } from './invite-server.ts'
export { TransactionLayer } from './layer.ts'
export { nonInviteClient } from './non-invite-client.ts'
export { type NonInviteState, nonInviteServer } from './non-invite-server.ts'
export type { SendOptions, TransactionOptions } from './options.ts'
export type { Incoming, Output, StatelessReply } from './output.ts'
export type { SavedTransaction } from './saved-transaction.ts'
export type { Step, Table } from './table.ts'
export type { TimerBase } from './timers.ts'
export type { ClientTransaction, ServerTransaction, Transaction } from './transaction.ts'

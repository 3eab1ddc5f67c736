/**
 * A SIP user agent in a value: calls over a transaction layer, with no socket, clock or randomness inside. INVITE with forking, CANCEL,
 * PRACK, UPDATE, session timers, Replaces, digest; session descriptions are opaque bytes. A call is plain data: written to JSON in any
 * state, it goes on in another process.
 *
 * ```ts
 * import { utf8Bytes } from '@strowger/sip-parser'
 * import { TransactionLayer } from '@strowger/sip-transaction'
 * import { nodeTagOf } from '@strowger/sip-transaction/node'
 * import { UserAgent } from '@strowger/sip-ua/call'
 * import { nodeHash as hash, nodeRandom as random, nodeToken as token } from '@strowger/sip-ua/node'
 *
 * const [local, remote] = [{ address: '192.0.2.1', port: 5060 }, { address: '192.0.2.2', port: 5060 }]
 * const layer = new TransactionLayer({ token, tagOf: nodeTagOf(new Uint8Array(16)) })
 * const credentials = () => ({ username: 'alice', password: 'secret' })
 * const agent = new UserAgent({ layer, token, random, hash, credentials, contact: 'sip:alice@192.0.2.1', hop: () => ({ transport: 'UDP', local, remote }) })
 * const call = agent.invite(0, { from: 'sip:alice@example.com', to: 'sip:bob@example.com', offer: utf8Bytes('v=0\r\n') })
 * for (let out = layer.poll(); out !== undefined; out = layer.poll()) if (out.kind !== 'transmit') agent.take(0, out)
 * for (let out = agent.poll(); out !== undefined; out = agent.poll()) if (out.kind === 'answered') agent.hangUp(0, call)
 * ```
 *
 * @packageDocumentation
 */
export type { Ask, Call, CallDialog, HeaderLine, Leave, Owed, Retry, Said, Serving } from './call.ts'
export { type CallCell, type CallEffect, type CallEvent, type CallState, type CallTable, callTable } from './call-table.ts'
export type { InviteOptions } from './invite.ts'
export type { OfferOptions } from './offer.ts'
export type { UserAgentOptions, UserCredentials } from './options.ts'
export type { UserAgentOutput } from './output.ts'
export type { RequestOptions } from './request.ts'
export type { RestoreOptions, SavedCall } from './save.ts'
export { type Content, type InDialog, UserAgent } from './user-agent.ts'

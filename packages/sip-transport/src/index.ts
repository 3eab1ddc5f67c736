/**
 * SIP over UDP and TCP: sockets, flows, targets, and the loop that drives the transaction layer (RFC 3261 §18, RFC 3263, RFC 3581).
 * `SipEndpoint` is what a proxy or a B2BUA stands on; `listen` is the small door to it.
 *
 * ```ts
 * import { responseTo } from '@strowger/sip-parser'
 * import { SipEndpoint } from '@strowger/sip-transport'
 *
 * const endpoint: SipEndpoint = await SipEndpoint.open({
 *   listen: [{ transport: 'UDP', address: '127.0.0.1', port: 5060 }],
 *   core: {
 *     onOutput(output) {
 *       if (output.kind !== 'request') return
 *       const { request } = output.incoming
 *       endpoint.layer.replyStateless(output.incoming, responseTo(request, request.method === 'OPTIONS' ? 200 : 405))
 *     },
 *   },
 * })
 * ```
 *
 * @packageDocumentation
 */
export type { ConnectionLimits } from './connections.ts'
export type { TrafficCount, TransportEvent } from './counters.ts'
export { type Core, type CoreOutput, type EndpointCounts, type EndpointOptions, SipEndpoint } from './endpoint.ts'
export type { Flow, ReceivedHop } from './flow.ts'
export { type Endpoint, type IncomingRequest, type ListenOptions, listen, type ResponseParts } from './listen.ts'
export type { OutgoingRequest } from './requests.ts'
export { nodeResolver, type Resolver, resolveTargets, targetsWithoutLookup } from './resolver.ts'
export { SHARDS, shardOf } from './shard.ts'
export {
  type LookupAnswer,
  type NaptrRecord,
  needsStream,
  orderSrv,
  type SrvRecord,
  type Target,
  type TargetQuery,
  type TargetStep,
  type TargetTransport,
  TargetWalk,
} from './targets.ts'
export type { ListenAddress, TapEvent } from './transport.ts'
export { TransportError } from './transport-error.ts'

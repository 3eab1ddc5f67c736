/**
 * SIP over UDP, TCP, TLS and WebSockets: sockets, flows, targets, and the loop that drives the transaction layer (RFC 3261 §18, RFC 3263,
 * RFC 3581, RFC 5922, RFC 7118).
 * `SipEndpoint` is what a proxy or a B2BUA stands on; `listen` is the small door to it.
 *
 * ```ts
 * import { listen } from '@strowger/sip-transport'
 *
 * const sip = await listen({ on: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'] })
 * const [uri = ''] = sip.uris
 * const asked = sip.request({ method: 'OPTIONS', uri }).finally(() => sip.close()) // of ourselves
 * for await (const { request, respond } of sip.requests) {
 *   if (request.method === 'OPTIONS') respond(200)
 *   else respond(405, { headers: { Allow: 'OPTIONS' } })
 * }
 * console.log((await asked).status)
 * ```
 *
 * @packageDocumentation
 */
export { sourceOf } from './admission.ts'
export type { ConnectionLimits } from './connections.ts'
export type { TrafficCount, TransportEvent } from './counters.ts'
export { type DnsEvent, type DnsOptions, DnsResolver } from './dns/dns-resolver.ts'
export { type Core, type CoreOutput, type EndpointCounts, type EndpointOptions, SipEndpoint } from './endpoint.ts'
export type { Flow, NamedAddress, ReceivedHop } from './flow.ts'
export { type Endpoint, type IncomingRequest, type ListenOptions, listen, type ResponseParts } from './listen.ts'
export type { ListenAddress } from './listen-address.ts'
export { MessageWatch, type MessageWatchOptions, type SeenMessage } from './message-watch.ts'
export { LoadMeter, type LoadSource } from './overload/load-meter.ts'
export { OverloadControl } from './overload/overload-control.ts'
export {
  type LoadSample,
  OVERLOAD_LIMITS,
  type OverloadLimits,
  type OverloadNews,
  type OverloadReason,
} from './overload/overload-limits.ts'
export { type HeaderLine, type HeaderTexts, header } from './parts.ts'
export { bridge } from './phone/bridge.ts'
export { CallEndedError } from './phone/call-ended.ts'
export type { CallOptions } from './phone/call-options.ts'
export { openPhone, type Phone } from './phone/phone.ts'
export type { AnsweredCall, CallOutput, CallSession, PhoneCall, SendOptions, WithHeaders } from './phone/phone-call.ts'
export type { PublishOptions, SubscribeOptions } from './phone/phone-events.ts'
export type { PhoneOptions } from './phone/phone-options.ts'
export type { PhonePublication } from './phone/phone-publication.ts'
export type { GrantedRegistration, RegistrationNews } from './phone/phone-registration.ts'
export type { HeardState, PhoneSubscription, SubscriptionEnd } from './phone/phone-subscription.ts'
export type { OutgoingRequest } from './requests.ts'
export { nodeResolver, type Resolver, resolveTargets, targetsWithoutLookup, type WalkOptions, walkTargets } from './resolver.ts'
export { SHARDS, shardOf } from './shard.ts'
export { HISTOGRAM_BOUNDS, Histogram } from './tap/histogram.ts'
export type { TapEvent } from './tap/tap-event.ts'
export { type Tap, Taps, type TapsOptions } from './tap/taps.ts'
export type { Latencies, MethodLatency } from './tap/timed-layer.ts'
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
export type { Certificate, Certificates, Pem, TlsOptions } from './tls-options.ts'
export { TransportError } from './transport-error.ts'
export type { CrossingCounts } from './workers/colleagues.ts'
export type { WorkerState } from './workers/coordinator.ts'
export { Crew, type CrewOptions } from './workers/crew.ts'
export type { WorkerSeat } from './workers/protocol.ts'
export type { ShardMap, WorkerId } from './workers/shard-map.ts'
export { type SharedListeners, shareListeners } from './workers/share-listeners.ts'
export type { WorkerDeath, WorkersOptions } from './workers/worker-threads.ts'
export type { WebSocketOptions } from './ws-door.ts'

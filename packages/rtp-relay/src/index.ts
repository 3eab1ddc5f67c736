/**
 * Relays RTP and RTCP between parties in native threads: symmetric learning with a lock, counters in shared memory, no packet in
 * JavaScript. A call has parties, a party has media, a media has a pair of ports. RFC 3550, RFC 4961, RFC 5761.
 *
 * ```ts
 * import { Relay } from '@strowger/rtp-relay'
 *
 * const relay = await Relay.start({ interfaces: { lan: { address: '127.0.0.1' } }, ports: { from: 10_000, to: 10_999 } })
 * const pipe = relay.pipe()
 * pipe.a.connect({ address: '127.0.0.1', port: 4000 })
 * pipe.b.connect({ address: '127.0.0.1', port: 5000 })
 * console.log('phone sends to', pipe.a.local.port, 'carrier sends to', pipe.b.local.port)
 * console.log(pipe.close())
 * await relay.close()
 * ```
 *
 * @packageDocumentation
 */
export type { Endpoint } from './address-rules.ts'
export type { Call, PartyOptions } from './call.ts'
export type { StreamStats } from './counters.ts'
export type { Media, MediaAddress, RemoteMedia } from './media.ts'
export { raiseFileLimit } from './native-engine.ts'
export type { Party } from './party.ts'
export { type Pipe, Relay, type RelayCounters, type RelayEvent, type RelayOptions } from './relay.ts'
export { RelayError, type RelayErrorCode } from './relay-error.ts'

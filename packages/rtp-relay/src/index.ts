/**
 * Relays RTP and RTCP between parties in native threads: symmetric learning with a lock, counters in shared memory, no packet in
 * JavaScript. A call has parties, a party has media, a media has a pair of ports. RFC 3550, RFC 4961, RFC 5761.
 *
 * ```ts
 * import { createSocket } from 'node:dgram'
 * import { once } from 'node:events'
 * import { Relay } from '@strowger/rtp-relay'
 *
 * const [phone, carrier] = [createSocket('udp4').bind(0, '127.0.0.1'), createSocket('udp4').bind(0, '127.0.0.1')]
 * await Promise.all([once(phone, 'listening'), once(carrier, 'listening')])
 *
 * const relay = await Relay.start({ interfaces: { lan: { address: '127.0.0.1' } }, ports: { from: 10_000, to: 10_999 } })
 * const pipe = relay.pipe()
 * pipe.a.connect(phone.address())
 * pipe.b.connect(carrier.address())
 * phone.send(Buffer.from([0x80, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xd5]), pipe.a.local.port, '127.0.0.1')
 * const [packet, from] = await once(carrier, 'message')
 * console.log(packet.length, 'bytes from port', from.port)
 * console.log('phone to carrier:', pipe.close().a.packets, 'packet')
 * for (const open of [phone, carrier, relay]) open.close()
 * ```
 *
 * @packageDocumentation
 */
export type { Endpoint } from './address-rules.ts'
export type { Call } from './call.ts'
export type { StreamStats } from './counters.ts'
export type { Media, MediaAddress, RemoteMedia, Sieve } from './media.ts'
export { raiseFileLimit } from './native-engine.ts'
export type { Party, PartyOptions } from './party.ts'
export { meanOpinionScore } from './quality.ts'
export { type Pipe, Relay, type RelayCounters, type RelayEvent, type RelayOptions } from './relay.ts'
export { RelayError, type RelayErrorCode } from './relay-error.ts'

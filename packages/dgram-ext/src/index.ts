/**
 * A UDP socket that moves many datagrams per system call.
 *
 * Linux's recvmmsg and sendmmsg over memory shared with JavaScript, one crossing per batch; the local address of each datagram,
 * ICMP errors per peer, kernel drops counted. Without the native addon the same interface runs over `node:dgram`.
 *
 * ```ts
 * import { UdpSocket } from '@strowger/dgram-ext'
 *
 * const echo = UdpSocket.bind({ address: '127.0.0.1' }, (batch, socket) => {
 *   for (let i = 0; i < batch.length; i++) socket.send(batch.bytes(i), batch.peer(i))
 * })
 * const client = UdpSocket.bind({ address: '127.0.0.1' }, batch => {
 *   console.log(new TextDecoder().decode(batch.bytes(0)), 'came back from port', batch.peer(0).port)
 *   client.close()
 *   echo.close()
 * })
 * client.send(new TextEncoder().encode('hello'), echo.local)
 * ```
 *
 * @packageDocumentation
 */
export { duplicateDescriptor } from './descriptor.ts'
export type { Peer } from './peers.ts'
export { type Batch, nativeAvailable, type Receive, type UdpOptions, UdpSocket, type UdpStats } from './socket.ts'
export { UdpError } from './udp-error.ts'

/**
 * The NG protocol between SIP servers and media relays: bencode and JSON, typed commands, client and server as pure cores.
 * It works with an rtpengine at either end, and SDP is opaque to it: a string is bytes, one character each.
 * `@strowger/media-control/udp` has the sockets.
 *
 * ```ts
 * import { mediaStatsOf } from '@strowger/media-control'
 * import { NgUdpClient } from '@strowger/media-control/udp'
 *
 * const relay = await NgUdpClient.open({ address: '127.0.0.1', port: 2223 })
 * console.log((await relay.request({ command: 'ping' })).result)
 * const ended = await relay.request({ command: 'delete', 'call-id': 'a84b4c76e66710', 'delete-delay': 0 })
 * for (const { tag, packets } of mediaStatsOf(ended)) console.log(tag, packets)
 * await relay.close()
 * ```
 *
 * @packageDocumentation
 */
export { type BDecoded, type BDict, type BencodeFault, type BencodeLimits, type BValue, bdecode, bencode, isDict } from './bencode.ts'
export { type ByteString, bytesOf, latin1 } from './bytes.ts'
export { MediaError, type MediaErrorCode } from './media-error.ts'
export { type NgBody, type NgFormat, readBody, writeBody } from './ng/body.ts'
export type { NgAnswer, NgCommand, NgDelete, NgEcho, NgList, NgOffer, NgPing, NgQuery, NgStatistics } from './ng/command.ts'
export { readCommand } from './ng/command.ts'
export { readDatagram, writeDatagram } from './ng/datagram.ts'
export { type MediaStats, mediaStatsOf } from './ng/media-stats.ts'
export { NgClient, type NgClientCounts, type NgClientOptions, type NgClientOutput } from './ng/ng-client.ts'
export { NgServer, type NgServerCounts, type NgServerInput, type NgServerOptions } from './ng/ng-server.ts'
export { errorReply, type NgCount, type NgMedia, type NgReply, type NgStream, type NgTag, refusalOf } from './ng/reply.ts'

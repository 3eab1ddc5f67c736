/**
 * The NG protocol between SIP servers and media relays: bencode and JSON, typed commands, client and server as pure cores.
 * It works with an rtpengine at either end, and SDP is opaque to it: a string is bytes, one character each.
 * `@strowger/media-control/udp` has the sockets.
 *
 * ```ts
 * import { MediaError } from '@strowger/media-control'
 * import { NgUdpClient, serveNgUdp } from '@strowger/media-control/udp'
 *
 * const relay = await serveNgUdp({ address: '127.0.0.1', port: 0 }, command => {
 *   if (command.command === 'ping') return { result: 'pong' }
 *   throw new MediaError('refused', 'Unrecognized command')
 * })
 * const client = await NgUdpClient.open({ address: '127.0.0.1', port: relay.port })
 * console.log((await client.request({ command: 'ping' })).result)
 * await client.request({ command: 'list' }).catch(error => console.log(error.message))
 * await client.close()
 * await relay.close()
 * ```
 *
 * @packageDocumentation
 */
export { type BDecoded, type BDict, type BencodeFault, type BencodeLimits, type BValue, bdecode, bencode, isDict } from './bencode.ts'
export { type ByteString, bytesOf, latin1 } from './bytes.ts'
export { readDatagram, writeDatagram } from './cookie/datagram.ts'
export { MediaError, type MediaErrorCode, whyUnavailable } from './media-error.ts'
export { type NgBody, type NgFormat, readBody, writeBody } from './ng/body.ts'
export type {
  NgAnswer,
  NgCommand,
  NgDelete,
  NgEcho,
  NgForwarding,
  NgGate,
  NgList,
  NgOffer,
  NgPing,
  NgQuery,
  NgSilent,
  NgStatistics,
} from './ng/command.ts'
export { readCommand } from './ng/command.ts'
export { type MediaStats, mediaStatsOf } from './ng/media-stats.ts'
export { NgClient, type NgClientCounts, type NgClientOptions, type NgClientOutput } from './ng/ng-client.ts'
export { NgServer, type NgServerCounts, type NgServerInput, type NgServerOptions } from './ng/ng-server.ts'
export { errorReply, type NgCount, type NgMedia, type NgReply, type NgStream, type NgTag, refusalOf } from './ng/reply.ts'
export type { RelayMember } from './set/relay-member.ts'
export { RelaySet, type RelaySetCounts, type RelaySetOptions, type RelaySetOutput } from './set/relay-set.ts'
export { NgFrames, type NgFramesOptions } from './stream/ng-frames.ts'

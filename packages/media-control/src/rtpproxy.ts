/**
 * The control protocol of rtpproxy, as Kamailio's rtpproxy module and Sippy's B2BUA speak it: commands and replies as types, reader,
 * writer, client and server as pure cores. `@strowger/media-control/udp` has the sockets.
 *
 * ```ts
 * import { rtppError } from '@strowger/media-control/rtpproxy'
 * import { RtppUdpClient, serveRtppUdp } from '@strowger/media-control/udp'
 *
 * const relay = await serveRtppUdp({ address: '127.0.0.1', port: 0 }, {
 *   features: ['20050322'],
 *   update: ({ callId }) => (callId === 'a84b4c76e66710' ? { kind: 'port', port: 35_000 } : rtppError('draining')),
 * })
 * const client = await RtppUdpClient.open({ address: '127.0.0.1', port: relay.port })
 * const from = { tag: '1928301774', media: 1 }
 * const { port } = await client.request({ command: 'update', callId: 'a84b4c76e66710', address: '192.0.2.1', port: 4000, from })
 * console.log(port)
 * await client.close()
 * await relay.close()
 * ```
 *
 * @packageDocumentation
 */
export type {
  RtppCommand,
  RtppCopy,
  RtppDelete,
  RtppDeleteAll,
  RtppDirection,
  RtppFeature,
  RtppInfo,
  RtppLookup,
  RtppPlay,
  RtppQuery,
  RtppRecord,
  RtppStatistics,
  RtppStopPlay,
  RtppStopRecord,
  RtppStream,
  RtppTag,
  RtppUpdate,
  RtppVersion,
} from './rtpproxy/command.ts'
export { QUERY_COUNTERS } from './rtpproxy/command.ts'
export { type RtppCommandRead, readRtppCommand } from './rtpproxy/read-command.ts'
export {
  type RtppCounter,
  type RtppCounters,
  type RtppDone,
  type RtppFeatureReply,
  type RtppInfoReply,
  type RtppPort,
  type RtppReply,
  type RtppReplyTo,
  type RtppVersionReply,
  readRtppReply,
  writeRtppReply,
} from './rtpproxy/reply.ts'
export { type RtppAnswer, type RtppClient, type RtppClientCounts, type RtppClientOutput, rtppClient } from './rtpproxy/rtpp-client.ts'
export { describeRtppError, RTPP_ERRORS, type RtppError, type RtppErrorName, rtppError } from './rtpproxy/rtpp-error.ts'
export { answerRtpp, RTPP_VERSION, type RtppHandlers, type RtppServer, rtppServer } from './rtpproxy/rtpp-server.ts'
export { writeRtppCommand } from './rtpproxy/write-command.ts'

/** Where the daemon takes commands: NG over UDP always, over TCP, HTTP and WebSocket and rtpproxy's protocol where they are enabled. */
import { type NgHandler, type NgStreamServer, serveNgHttp, serveNgTcp } from '@strowger/media-control/node'
import type { RtppHandlers } from '@strowger/media-control/rtpproxy'
import { type CommandListener, type NgUdpServer, serveNgUdp, serveRtppUdp } from '@strowger/media-control/udp'
import type { Config } from '@strowger/runtime'
import { openBatched } from './batched-socket.ts'

export interface Controls {
  readonly ng: NgUdpServer
  readonly ngTcp: NgStreamServer | undefined
  readonly ngHttp: NgStreamServer | undefined
  readonly rtpproxy: CommandListener | undefined
}

/** All that are enabled, or none. @throws {MediaError} `listen`. */
export async function openControls(
  media: Config['media'],
  handle: NgHandler,
  handlers: RtppHandlers,
  exposition: () => Promise<string>,
): Promise<Controls> {
  const opened: { close(): Promise<void> }[] = []
  const keep = <T extends { close(): Promise<void> }>(one: T): T => {
    opened.push(one)
    return one
  }
  try {
    return {
      ng: keep(await serveNgUdp({ ...media.ng, open: openBatched }, handle)),
      ngTcp: media.ngTcp.enabled ? keep(await serveNgTcp(media.ngTcp, handle)) : undefined,
      ngHttp: media.ngHttp.enabled ? keep(await serveNgHttp({ ...media.ngHttp, exposition }, handle)) : undefined,
      rtpproxy: media.rtpproxy.enabled ? keep(await serveRtppUdp(media.rtpproxy, handlers)) : undefined,
    }
  } catch (error) {
    await Promise.all(opened.map(one => one.close()))
    throw error
  }
}

export async function closeControls({ ng, ngTcp, ngHttp, rtpproxy }: Controls): Promise<void> {
  await Promise.all([ng.close(), ngTcp?.close(), ngHttp?.close(), rtpproxy?.close()])
}

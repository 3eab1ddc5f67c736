/** A media relay of its own: the daemon with a supervisor and metrics, beside the platform that drives it; and one that dies for good. */
import { once } from 'node:events'
import type { NgUdpClient } from '@strowger/media-control/udp'
import { NgUdpClient as Client } from '@strowger/media-control/udp'
import { startPlatform } from '../platform.ts'
import { freePort } from '../ports.ts'
import { startRtpengine } from '../rtpengine.ts'

export interface MediaRelay {
  /** Where it takes NG. */
  readonly ng: { readonly address: string; readonly port: number }
  /** Its name in the proxies' metrics. */
  readonly name: string
  readonly client: NgUdpClient
  /** `kill -9`, and nobody starts it again. */
  kill(): Promise<void>
  stop(): Promise<void>
}

export async function startOurs(): Promise<MediaRelay> {
  const daemon = await startPlatform({ roles: 'media,portal' })
  const { port } = { port: daemon.ports.ng }
  const kill = async (): Promise<void> => {
    // A supervisor that is stopped starts nobody.
    daemon.signal('SIGSTOP')
    await daemon.kill('media')
    daemon.signal('SIGKILL')
    await daemon.ended()
  }
  return relay(port, kill, () => daemon.stop())
}

export async function startTheirs(): Promise<MediaRelay> {
  const from = await freePort(200)
  const engine = await startRtpengine({ ports: { from, to: from + 199 } })
  const kill = async (): Promise<void> => {
    engine.process.kill('SIGKILL')
    await once(engine.process, 'exit')
  }
  return relay(engine.udp, kill, () => engine.stop())
}

async function relay(port: number, kill: () => Promise<void>, stop: () => Promise<void>): Promise<MediaRelay> {
  const client = await Client.open({ address: '127.0.0.1', port })
  return {
    ng: { address: '127.0.0.1', port },
    name: `127.0.0.1:${port}`,
    client,
    kill,
    stop: async () => {
      await client.close()
      await stop()
    },
  }
}

/** RTP packets that it has taken from the parties of all its sessions. */
export async function packetsOf({ client }: MediaRelay): Promise<number> {
  const { calls: sessions = [] } = (await client.request({ command: 'list', limit: 200 })) as { calls?: readonly string[] }
  const all = await Promise.all(sessions.map(session => client.request({ command: 'query', 'call-id': session }).catch(() => undefined)))
  return all.reduce((sum, reply) => sum + ((reply?.totals as { RTP?: { packets: number } } | undefined)?.RTP?.packets ?? 0), 0)
}

/** How many sessions it has. */
export async function sessionsOf({ client }: MediaRelay): Promise<number> {
  const { calls: sessions = [] } = (await client.request({ command: 'list', limit: 1000 })) as { calls?: readonly string[] }
  return sessions.length
}

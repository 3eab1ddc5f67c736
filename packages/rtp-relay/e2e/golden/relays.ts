/** The two relays that are compared, with the same interfaces: Debian's rtpengine, and ours in this process. */
import { errorReply, type NgCommand, type NgReply } from '@strowger/media-control'
import { NgUdpClient, serveNgUdp } from '@strowger/media-control/udp'
import { freePort } from '../../../../e2e/ports.ts'
import { startRtpengine } from '../../../../e2e/rtpengine.ts'
import { Relay } from '../../src/index.ts'
import { handle } from '../../src/ng/handle.ts'
import { Switchboard } from '../../src/ng/switchboard.ts'

export interface Asked {
  readonly ports: { readonly from: number; readonly to: number }
  /** What it answers; a refusal is an answer too. */
  ask(command: NgCommand): Promise<NgReply>
}

export interface Relays {
  readonly theirs: Asked
  readonly ours: Asked
  stop(): Promise<void>
}

export async function startRelays(): Promise<Relays> {
  const [first, second] = [await freePort(PORTS), await freePort(PORTS)]
  const ranges = { theirs: { from: first, to: first + PORTS - 1 }, ours: { from: second, to: second + PORTS - 1 } }
  const engine = await startRtpengine({ interfaces: THEIR_INTERFACES, ports: ranges.theirs })
  const relay = await Relay.start({ interfaces: OUR_INTERFACES, ports: ranges.ours, restMs: 0 })
  const board = new Switchboard(relay, { interfaces: OUR_INTERFACES, silenceMs: 0 })
  const server = await serveNgUdp({ address: '127.0.0.1', port: 0 }, command => handle(board, command))
  const clients = [
    await NgUdpClient.open({ address: '127.0.0.1', port: engine.udp }),
    await NgUdpClient.open({ address: '127.0.0.1', port: server.port }),
  ]
  return {
    theirs: { ports: ranges.theirs, ask: command => answerOf(clients[0]!, command) },
    ours: { ports: ranges.ours, ask: command => answerOf(clients[1]!, command) },
    stop: async () => {
      for (const client of clients) await client.close()
      await server.close()
      await relay.close()
      await engine.stop()
    },
  }
}

async function answerOf(client: NgUdpClient, command: NgCommand): Promise<NgReply> {
  try {
    return await client.request(command)
  } catch (error) {
    return errorReply(String((error as Error).message))
  }
}

const PORTS = 1500
const THEIR_INTERFACES = ['inside/127.0.0.1', 'inside/::1', 'outside/127.0.0.2!198.51.100.7', 'outside/::1!2001:db8::7']
const OUR_INTERFACES = {
  inside: { address: '127.0.0.1' },
  'inside/6': { address: '::1' },
  outside: { address: '127.0.0.2', advertised: '198.51.100.7' },
  'outside/6': { address: '::1', advertised: '2001:db8::7' },
}

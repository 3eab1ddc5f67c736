/** A relay's socket for its controllers: reads commands, sends what the handler answers, repeats what was answered before. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import type { CommandServer, CommandServerCounts } from '../cookie/command-server.ts'
import { MediaError } from '../media-error.ts'
import type { RelayAddress } from './command-socket.ts'

/** A relay's socket for its controllers. */
export interface CommandListener extends RelayAddress {
  /** What has been asked since the start, and what the cookie cache holds. */
  counts(): CommandServerCounts
  /** Stops listening; commands under way are not answered any more. */
  close(): Promise<void>
}

/** What a protocol adds to its core. */
export interface Listening<Command, Reply> {
  /** Of the protocol, for messages. */
  readonly name: string
  readonly handle: (command: Command) => Promise<Reply> | Reply
  /** The reply where `handle` has thrown. */
  readonly failed: (error: unknown) => Reply
}

/** Rejects with `MediaError` `listen` where the address cannot be bound. */
export async function listen<Command, Reply, Context>(
  { address, port }: RelayAddress,
  core: CommandServer<Command, Reply, Context>,
  { name, handle, failed }: Listening<Command, Reply>,
): Promise<CommandListener> {
  const socket = await bind(address, port, name)
  let open = true
  const send = (bytes: Uint8Array | undefined, to: RemoteInfo): void => {
    // A controller that is gone is not our trouble, and it repeats what it misses.
    if (bytes && open) socket.send(bytes, to.port, to.address, () => {})
  }
  socket.on('error', () => {})
  socket.on('message', (bytes, from) => {
    const input = core.receive(bytes, `${from.address} ${from.port}`, performance.now())
    if (input.kind === 'reply') send(input.bytes, from)
    if (input.kind !== 'command') return
    const answer = async (): Promise<Reply> => handle(input.command)
    answer()
      .then(reply => send(core.reply(input.key, reply), from))
      .catch(error => send(core.reply(input.key, failed(error)), from))
  })
  return {
    address,
    port: socket.address().port,
    counts: () => core.counts(),
    close: async () => {
      if (!open) return
      open = false
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}

async function bind(address: string, port: number, name: string): Promise<Socket> {
  const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', recvBufferSize: RECEIVE_BUFFER })
  try {
    socket.bind({ address, port, exclusive: true })
    await once(socket, 'listening')
    return socket
  } catch (cause) {
    socket.close()
    throw new MediaError('listen', `Cannot listen for ${name} on ${address} port ${port}: ${String(cause)}`, { cause })
  }
}

const RECEIVE_BUFFER = 2 ** 20

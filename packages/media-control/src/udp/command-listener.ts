/** A relay's socket for its controllers: reads commands, sends what the handler answers, repeats what was answered before. */
import { createSocket, type RemoteInfo, type Socket, type SocketOptions } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import type { CommandServer, CommandServerCounts } from '../cookie/command-server.ts'
import { MediaError } from '../media-error.ts'
import { useBuffer } from './buffer-text.ts'
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
  useBuffer()
  const socket = await bind(address, port, name)
  let open = true
  const send = (bytes: Uint8Array | undefined, to: RemoteInfo): void => {
    // A controller that is gone is not our trouble, and it repeats what it misses.
    if (bytes && open) socket.send(bytes, to.port, to.address)
  }
  socket.on('error', () => {})
  socket.on('message', (bytes, from) => {
    const input = core.receive(bytes, `${from.address} ${from.port}`, performance.now())
    if (input.kind === 'reply') send(input.bytes, from)
    if (input.kind !== 'command') return
    const reply = (one: Reply): void => send(core.reply(input.key, one), from)
    const fail = (error: unknown): void => reply(failed(error))
    try {
      const answer = handle(input.command)
      if (answer instanceof Promise) answer.then(reply).catch(fail)
      else reply(answer)
    } catch (error) {
      fail(error)
    }
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
  const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', recvBufferSize: RECEIVE_BUFFER, lookup: numeric })
  try {
    const listening = once(socket, 'listening')
    socket.bind({ address, port, exclusive: true })
    await listening
    return socket
  } catch (cause) {
    socket.close()
    throw new MediaError('listen', `Cannot listen for ${name} on ${address} port ${port}: ${String(cause)}`, { cause })
  }
}

/** Controllers have numeric addresses: nobody is asked, so that a reply leaves in the same turn. */
const numeric: NonNullable<SocketOptions['lookup']> = (address, _, done) => done(null, address, isIPv6(address) ? 6 : 4)

const RECEIVE_BUFFER = 2 ** 20

/** A relay's socket for its controllers: reads commands, sends what the handler answers, repeats what was answered before. */
import type { CommandServer, CommandServerCounts } from '../cookie/command-server.ts'
import { MediaError } from '../media-error.ts'
import { useBuffer } from './buffer-text.ts'
import type { RelayAddress } from './command-socket.ts'
import { type Datagrams, type OpenDatagrams, openDgram } from './datagrams.ts'

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
  /** Default: a socket of `node:dgram`. */
  readonly open?: OpenDatagrams | undefined
}

/** Rejects with `MediaError` `listen` where the address cannot be bound. */
export async function listen<Command, Reply, Context>(
  at: RelayAddress,
  core: CommandServer<Command, Reply, Context>,
  { name, handle, failed, open = openDgram }: Listening<Command, Reply>,
): Promise<CommandListener> {
  useBuffer()
  let isOpen = true
  const send = (bytes: Uint8Array | undefined, to: RelayAddress): void => {
    // A controller that is gone is not our trouble, and it repeats what it misses.
    if (bytes && isOpen) socket.send(bytes, to)
  }
  const socket = await bind(at, name, open, (bytes, from) => {
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
    address: at.address,
    port: socket.port,
    counts: () => core.counts(),
    close: async () => {
      if (!isOpen) return
      isOpen = false
      await socket.close()
    },
  }
}

async function bind(at: RelayAddress, name: string, open: OpenDatagrams, receive: Parameters<OpenDatagrams>[1]): Promise<Datagrams> {
  try {
    return await open(at, receive)
  } catch (cause) {
    throw new MediaError('listen', `Cannot listen for ${name} on ${at.address} port ${at.port}: ${String(cause)}`, { cause })
  }
}

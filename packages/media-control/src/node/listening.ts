/** Binds a server of `node:net` or `node:http`. */
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { MediaError } from '../media-error.ts'
import type { RelayAddress } from '../udp/command-socket.ts'

/** Resolves with the port. Rejects with `MediaError` `listen`. */
export async function listening(server: Server, { address, port }: RelayAddress, name: string): Promise<number> {
  try {
    server.listen({ host: address, port, exclusive: true })
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  } catch (cause) {
    throw new MediaError('listen', `Cannot listen for ${name} on ${address} port ${port}: ${String(cause)}`, { cause })
  }
}

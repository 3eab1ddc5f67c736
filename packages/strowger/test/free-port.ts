/** A UDP port that was free a moment ago, for where a configuration must name it. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

export async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  await new Promise<void>(resolve => socket.close(resolve))
  return port
}

/** Ports that were free a moment ago, for where a configuration must name them; each given once per run, outside the range that the kernel gives to others. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

let next = 20_000 + (process.pid % 400) * 20

/** Free for UDP and TCP on all of 127.0.0.0/8; `step` ports are left to whoever asks. */
export async function freePort(step = 2): Promise<number> {
  for (;;) {
    const port = next
    next = next + step > 32_000 ? 20_000 : next + step
    if ((await udpFree(port)) && (await tcpFree(port))) return port
  }
}

async function udpFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  const free = once(socket, 'listening').then(
    () => true,
    () => false,
  )
  socket.bind(port, '0.0.0.0')
  const answer = await free
  socket.close()
  return answer
}

async function tcpFree(port: number): Promise<boolean> {
  const server = createServer()
  const free = once(server, 'listening').then(
    () => true,
    () => false,
  )
  server.listen(port, '0.0.0.0')
  const answer = await free
  await new Promise(resolve => server.close(resolve))
  return answer
}

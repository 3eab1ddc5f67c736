/** A server that answers OPTIONS over UDP and TCP, and a client that asks it both ways. RFC 3261 §11, RFC 3263 §4.1. */
import { Allow } from '@strowger/sip-parser'
import { listen } from '@strowger/sip-transport'

const server = await listen({ on: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'] }) // 0: any free port; a real one listens on 5060
const client = await listen({ on: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'] })

async function serve(): Promise<void> {
  for await (const incoming of server.requests) {
    if (incoming.request.method === 'OPTIONS') incoming.respond(200, { headers: { Allow: 'OPTIONS' } })
    else incoming.respond(405, { headers: { Allow: 'OPTIONS' } })
  }
}
const served = serve()

for (const method of ['OPTIONS', 'MESSAGE']) {
  for (const door of server.on) {
    const [transport, address, port] = door.split(':')
    const response = await client.request({ method, uri: `sip:${address}:${port};transport=${transport}` })
    console.log(`${method} over ${transport}: ${response.status} ${response.reason}, allowed: ${response.headers.all(Allow).join(', ')}`)
  }
}

await client.close()
await server.close()
await served

/** Run by `listen.e2e.test.ts`: a server on three threads, each of which asks something as well. Prints JSON. RFC 3261 §8.1.1.4. */
import { isMainThread, threadId } from 'node:worker_threads'
import { type Endpoint, listen } from '@strowger/sip-transport'

const sip = await listen({ on: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'], workers: { count: 3, program: import.meta.url } })
const served = serve()
if (isMainThread) await ask(sip)
await served

/** Who is asked by REFER asks the one that is named for OPTIONS: its answer comes back to this thread, wherever the kernel puts it. */
async function serve(): Promise<void> {
  for await (const { request, respond } of sip.requests) {
    const { status } = await sip.request({ method: 'OPTIONS', uri: request.headers.raw('Refer-To')[0]! })
    respond(200, { headers: { Server: `${threadId} ${status}` } })
  }
}

async function ask({ uris }: Endpoint): Promise<void> {
  const client = await listen({ on: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'] })
  const answering = (async () => {
    for await (const { respond } of client.requests) respond(202)
  })()
  const answers: string[][] = []
  for (let n = 0; n < 60; n++) {
    const headers = { 'Call-ID': `call-${n}`, 'Refer-To': client.uris[n % 2]! }
    const asked = uris.map(uri => client.request({ method: 'REFER', uri, headers }))
    answers.push((await Promise.all(asked)).map(response => response.headers.raw('Server')[0]!))
  }
  console.log(JSON.stringify(answers))
  await client.close()
  await answering
  await sip.close()
}

/** One port, two threads: this program runs in both, and each answers the calls that are its own. RFC 3261 §8.1.1.4. */
import { isMainThread, threadId } from 'node:worker_threads'
import { listen } from '@strowger/sip-transport'

const sip = await listen({ on: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'], workers: { count: 2, program: import.meta.url } })

async function serve(): Promise<void> {
  for await (const { respond } of sip.requests) respond(200, { headers: { Server: `thread ${threadId}` } })
}
const served = serve()

if (isMainThread) {
  const client = await listen({ on: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'] })
  const ask = async (door: number, callId: string): Promise<string> => {
    const { headers } = await client.request({ method: 'OPTIONS', uri: sip.uris[door]!, headers: { 'Call-ID': callId } })
    return headers.raw('Server')[0]!
  }
  const byCall = new Map<string, Set<string>>()
  for (let n = 0; n < 60; n++) {
    const callId = `call-${n}@example.com`
    byCall.set(callId, new Set([await ask(0, callId), await ask(1, callId)])) // over UDP, then over TCP
  }
  const threads = new Set([...byCall.values()].flatMap(all => [...all]))
  console.log(`${byCall.size} calls, ${threads.size} threads, at most ${Math.max(...[...byCall.values()].map(({ size }) => size))} a call`)
  await client.close()
  await sip.close()
}
await served

/** Run by `listen.e2e.test.ts`: three threads, of which one dies, and which listen in another place as well. Prints JSON. RFC 3261 §18.2. */
import { isMainThread, threadId } from 'node:worker_threads'
import { listen } from '@strowger/sip-transport'

const deaths: string[] = []
const sip = await listen({
  on: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'],
  workers: { count: 3, program: import.meta.url, onDeath: ({ error }) => deaths.push(error.message) },
})
const served = serve()
if (isMainThread) await live()
await served

/** SUBSCRIBE is answered when somebody asks for it by PUBLISH; MESSAGE is the end of the thread of its Subject, and not of the next one if it is sent again. */
async function serve(): Promise<void> {
  const held = new Map<string, () => void>()
  for await (const { request, respond } of sip.requests) {
    const callId = request.headers.raw('Call-ID')[0]!
    const answer = (): void => respond(200, { headers: { Server: String(threadId) } })
    if (request.method === 'SUBSCRIBE') held.set(callId, answer)
    else if (request.method === 'PUBLISH') {
      held.get(callId)?.()
      answer()
    } else if (request.method === 'MESSAGE' && request.headers.raw('Subject')[0] === String(threadId)) setImmediate(dies)
    else answer()
  }
}

function dies(): never {
  throw new Error(`thread ${threadId} cannot go on`)
}

async function live(): Promise<void> {
  const client = await listen({ on: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'] })
  const ask = async (method: string, callId: string, uri = sip.uris[0]!): Promise<string> =>
    (await client.request({ method, uri, headers: { 'Call-ID': callId } })).headers.raw('Server')[0]!
  const threads = async (uri?: string): Promise<ReadonlyMap<string, string>> => {
    const names = Array.from({ length: 40 }, (_, n) => `call-${n}`)
    const found = await Promise.all(names.map(name => ask('OPTIONS', name, uri).catch(() => 'nobody')))
    return new Map(names.map((name, n) => [name, found[n]!]))
  }
  const before = await threads()
  const victim = [...new Set(before.values())].find(thread => thread !== String(threadId))!
  const of = (isVictims: boolean): string => [...before].find(([, thread]) => (thread === victim) === isVictims)![0]
  const waiting = ask('SUBSCRIBE', of(false))
  client.request({ method: 'MESSAGE', uri: sip.uris[0]!, headers: { 'Call-ID': of(true), Subject: victim } }).catch(() => {})
  while (deaths.length === 0) await new Promise(resolve => setTimeout(resolve, 10))
  await ask('PUBLISH', of(false))
  await waiting
  let after = new Set<string>()
  while (after.size < 3 || after.has('nobody')) after = new Set((await threads()).values())
  const place = await sip.addListener('udp:127.0.0.1:0')
  const there = new Set((await threads(`sip:${place.slice(4)}`)).values())
  const [first] = sip.on
  const isRemoved = [sip.removeListener(first!), sip.removeListener(first!)]
  const now = new Set((await threads(sip.uris.find(uri => !uri.includes('transport'))!)).values())
  console.log(
    JSON.stringify({
      deaths,
      counted: sip.workerDeaths,
      back: !after.has(victim),
      there: there.size,
      isRemoved,
      now: now.size,
      on: sip.on.length,
    }),
  )
  await client.close()
  await sip.close()
}

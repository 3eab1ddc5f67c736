/** `listen` on several threads, where that cannot be; where it can, `e2e/workers/listen.e2e.test.ts` and `examples/08-workers.ts` have it. */
import { afterEach, expect, test } from 'vitest'
import { type Endpoint, listen } from '../../src/index.ts'
import { closeAll, closeLater, request, udpPeer } from '../peers.ts'

afterEach(closeAll)

/** Two threads: this one, and one that runs `text`. */
function listenWith(text: string, count = 2): Promise<Endpoint> {
  const program = new URL(`data:text/javascript,${encodeURIComponent(text)}`)
  return listen({ on: ['udp:127.0.0.1:0'], workers: { count, program } })
}

test('a program that throws before it listens is told to who has started it', async () => {
  await expect(listenWith('throw new TypeError("no configuration")')).rejects.toThrow('no configuration')
})

test('a program that ends without listening, too', async () => {
  await expect(listenWith('')).rejects.toMatchObject({
    code: 'closed',
    message: "a worker's program ended with 0 before it had called listen",
  })
})

test('a count that is none opens nothing, nor does a port that somebody has', async () => {
  await expect(listenWith('', 0)).rejects.toThrow('workers.count is a whole number from 1 on; got 0')
  const { port } = udpPeer()
  await expect(listen({ on: [`udp:127.0.0.1:${port}`], workers: { count: 1, program: '' } })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

test('one thread is this one: no other is started, and all is as without', async () => {
  const sip = await listenWith('throw new Error("started")', 1)
  closeLater(() => sip.close())
  const phone = udpPeer()
  phone.send(request(), Number(sip.on[0]!.split(':').at(-1)))
  for await (const { respond } of sip.requests) {
    respond(200)
    break
  }
  expect(await phone.texts.at(0)).toMatch(/^SIP\/2\.0 200 /)
})

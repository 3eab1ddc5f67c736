/** Ports of calls that ended are used again while the old phones still speak: nothing of them is heard, and no port is two calls'. RFC 3550 §11. */
import { serveNgUdp } from '@strowger/media-control/udp'
import { afterEach, describe, expect, it } from 'vitest'
import { onStage, type Stage, sdpOf, seen } from '../e2e/ng-script.ts'
import { type Call, type Media, type Party, Relay, type RelayError } from '../src/index.ts'
import { handle } from '../src/ng/handle.ts'
import { Switchboard } from '../src/ng/switchboard.ts'
import { Ear, portRange, rtp } from './phone.ts'

const interfaces = { lan: { address: '127.0.0.1' } }

describe('ports that go from call to call', () => {
  const opened: (() => void | Promise<void>)[] = []
  const start = async (pairs: number, restMs: number, threads: number): Promise<Relay> => {
    const relay = await Relay.start({ interfaces, ports: await freeRange(pairs), restMs, threads, keptPairs: 4 })
    opened.push(() => relay.close())
    return relay
  }
  const ear = async (address?: string): Promise<Ear> => {
    const made = await Ear.open(address)
    opened.push(() => made.close())
    return made
  }
  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close()
  })

  it('are nobody’s twice, however many controllers offer, answer and delete at once', async () => {
    const relay = await start(7, 0, 2)
    const board = new Switchboard(relay, { interfaces, silenceMs: 0 })
    const server = await serveNgUdp({ address: '127.0.0.1', port: 0 }, command => handle(board, command))
    opened.push(() => server.close())
    const held = new Set<number>()
    const hold = (port: number): number => {
      expect(held.has(port)).toBe(false)
      held.add(port)
      return port
    }
    /** Whether there were ports. */
    const call = async (stage: Stage, id: string): Promise<boolean> => {
      const offered = await stage.offer(sdpOf(4000), { 'call-id': id }).catch((error: Error) => error)
      if (offered instanceof Error) {
        expect(offered.message).toContain('Ran out of ports')
        return false
      }
      const ports = [hold(seen(offered).media[0]!.port)]
      ports.push(hold(seen(await stage.answer(sdpOf(5000), { 'call-id': id })).media[0]!.port))
      for (const port of ports) held.delete(port)
      await stage.client.request({ command: 'delete', 'call-id': id })
      return true
    }
    const controllers = Array.from({ length: 8 }, (_, who) =>
      onStage({ address: '127.0.0.1', port: server.port }, async stage => {
        for (let number = 0, done = 0; done < 10; number++) if (await call(stage, `${who}.${number}`)) done += 1
      }),
    )
    await Promise.all(controllers)
    await expect.poll(() => relay.counters().ports).toBe(0)
  })

  it('bring a new call nothing of the phones before, who do not stop', async () => {
    const relay = await start(4, 0, 2)
    const before: { ear: Ear; at: Media['local']; ssrc: number }[] = []
    const ports = new Set<number>()
    for (let number = 1; number <= 40; number++) {
      const [a, b] = [await ear(`127.0.1.${number}`), await ear(`127.0.2.${number}`)]
      const pipe = await pipeOf(relay)
      pipe.a.connect({ address: a.address, port: a.port, learn: 'host' })
      pipe.b.connect({ address: b.address, port: b.port, learn: 'host' })
      ports.add(pipe.a.local.port)
      const spray = (): void => {
        for (const old of before) old.ear.send(old.at, rtp(number, { ssrc: old.ssrc }))
      }
      spray()
      for (let sequence = 1; sequence <= 5; sequence++) a.send(pipe.a.local, rtp(sequence, { ssrc: number }))
      spray()
      for (let sequence = 1; sequence <= 5; sequence++) expect((await b.next()).bytes.readUInt32BE(8)).toBe(number)
      b.send(pipe.b.local, rtp(1, { ssrc: number }))
      expect((await a.next()).bytes.readUInt32BE(8)).toBe(number)
      before.push({ ear: a, at: pipe.a.local, ssrc: number }, { ear: b, at: pipe.b.local, ssrc: number })
      // What its phones had sent is on its way still when the call ends.
      for (let sequence = 6; sequence <= 15; sequence++) a.send(pipe.a.local, rtp(sequence, { ssrc: number }))
      pipe.close()
    }
    expect(ports.size).toBeLessThanOrEqual(4)
    for (const { ear: one, ssrc } of before) for (const { bytes } of one.heard) expect(bytes.readUInt32BE(8)).toBe(ssrc)
  })

  it('rest, so that the next call of the same phone hears nothing late of the last', async () => {
    const relay = await start(2, 1000, 1)
    const a = await ear()
    const listeners: Ear[] = []
    for (const ssrc of [1, 2]) {
      const b = await ear()
      listeners.push(b)
      const pipe = await pipeOf(relay)
      pipe.a.connect(a)
      pipe.b.connect(b)
      a.send(pipe.a.local, rtp(1, { ssrc }))
      await b.next()
      for (let sequence = 2; sequence < 100; sequence++) a.send(pipe.a.local, rtp(sequence, { ssrc }))
      pipe.close()
      expect(() => relay.pipe()).toThrow('no free pair of ports')
    }
    const [first, second] = listeners.map(({ heard }) => new Set(heard.map(({ bytes }) => bytes.readUInt32BE(8))))
    expect([first, second]).toEqual([new Set([1]), new Set([2])])
  })
})

/** As soon as there are ports. One side after the other: whoever gives the first back when there is no second yet may never have both. */
async function pipeOf(relay: Relay): Promise<{ readonly a: Media; readonly b: Media; close(): void }> {
  const call = relay.open()
  const [one, two] = [await partyOf(call, 'a'), await partyOf(call, 'b')]
  call.joinTo(one, two)
  call.joinTo(two, one)
  return { a: one.media[0]!, b: two.media[0]!, close: () => void call.close() }
}

async function partyOf(call: Call, tag: string): Promise<Party> {
  let party: Party | undefined
  await expect
    .poll(() => {
      try {
        party ??= call.party(tag)
      } catch (error) {
        expect((error as RelayError).code).toBe('ports-exhausted')
      }
      return party !== undefined
    })
    .toBe(true)
  return party!
}

/** Of which nobody has a port: so few that a relay could not pass over a taken one. */
async function freeRange(pairs: number): Promise<{ from: number; to: number }> {
  for (let { from } = portRange(); ; from += 2 * pairs) {
    const tried: Ear[] = []
    try {
      for (let port = from; port < from + 2 * pairs; port++) tried.push(await Ear.open('127.0.0.1', port))
      return { from, to: from + 2 * pairs - 1 }
    } catch {
      // Somebody's: the next ones.
    } finally {
      for (const one of tried) one.close()
    }
  }
}

/** Media stops in the middle of a call: the platform hangs up on both sides, and the record says why. RFC 3261 §15.1.1. */
import { createSocket } from 'node:dgram'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectIdle } from './idle.ts'
import { needing } from './peers.ts'
import { type Platform, startPlatform } from './platform.ts'
import { phone, type Sipp, sipp } from './sipp.ts'
import { until } from './until.ts'

const { title, skip } = needing('silence', 'sipp')

describe.skipIf(skip)(title, () => {
  let platform: Platform
  beforeAll(async () => {
    platform = await startPlatform({ config: { sip: { t1: 25, t2: 200, t4: 250, leastD: 1600 }, media: { silenceSeconds: 2 } } })
  })
  afterAll(() => platform?.stop())

  const relayed = (): Promise<number> => platform.metric('strowger_relay_packets_total')

  /** Where the relay told that phone to send to. */
  const mediaPort = (of: Sipp, method: 'INVITE', status?: number): number => {
    const message = of.messages.find(
      ({ sent, text, ...one }) => !sent && one.method === method && one.status === status && text.includes('m=audio'),
    )
    return Number(/m=audio (\d+)/.exec(message?.text ?? '')?.[1])
  }

  test('sound that stops ends the call on both sides, and not before', async () => {
    const callee = await phone(platform, 'callee-answers', { user: 'bob', address: '127.0.0.3' })
    const caller = await sipp(platform, { scenario: 'caller-waits', keys: { callee: '102' }, timeoutSeconds: 60 })
    await caller.received({ status: 200, method: 'INVITE', containing: 'm=audio' })
    const voice = createSocket('udp4').bind(0, caller.address)
    const port = mediaPort(caller, 'INVITE', 200)
    const packet = Buffer.alloc(172, 0xd5)
    packet.set([0x80, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    let sequence = 0
    const speaking = setInterval(() => {
      packet.writeUInt16BE(++sequence, 2)
      voice.send(packet, port, platform.ports.listen)
    }, 50)
    // Longer than the silence that ends a call.
    await until('four seconds of sound', async () => (await relayed()) >= 80, 30_000)
    expect(caller.messages.filter(({ sent, method, status }) => !sent && method === 'BYE' && status === undefined)).toEqual([])
    clearInterval(speaking)
    await caller.received({ method: 'BYE' }, 20_000)
    await callee.received({ method: 'BYE' }, 20_000)
    await caller.done()
    const record = await platform.cdr(1)
    expect(record).toMatchObject({ caller: '101', callee: '102', status: 200, hungUpBy: 'platform', cause: 'no media' })
    // What the relay had counted came into the record, though it had ended the session before.
    expect(record.legs.find(({ leg }) => leg === 'a')?.packets).toBeGreaterThanOrEqual(80)
    voice.close()
    await callee.stop()
    await expectIdle(platform)
  })
})

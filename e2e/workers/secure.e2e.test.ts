/** The same calls by connections, over TLS and WebSockets: what arrives at a worker is another's, and so is the connection that the answer leaves by. RFC 3261 §26.2, RFC 7118. */
import { readFileSync } from 'node:fs'
import { openPhone, type Phone, type PhoneCall } from '@strowger/sip-transport'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Baresip } from '../baresip.ts'
import { expectIdle } from '../idle.ts'
import { SDP } from '../overload/asker.ts'
import { needing } from '../peers.ts'
import { type CdrRow, type Platform, startPlatform } from '../platform.ts'
import { until } from '../until.ts'

const { title, skip } = needing('workers, over TLS and WebSockets', 'baresip', 'openssl')
const MIXES = [
  ['tls', 'wss'],
  ['ws', 'tls'],
  ['wss', 'ws'],
] as const
/** What stays the same is not passed on. */
const HOLD = Buffer.from(Buffer.from(SDP).toString().replace('o=- 1 1', 'o=- 1 2').concat('a=sendonly\r\n'))
/** Whole processes on a machine that may be busy. */
const PATIENCE_MS = 400_000
type Transport = (typeof MIXES)[number][number]

describe.skipIf(skip).each([1, 2, 4])(`${title}: %i`, workers => {
  let platform: Platform
  let calls = 0
  const phones: Phone[] = []
  beforeAll(async () => {
    platform = await startPlatform({
      config: { sip: { t1: 200, t2: 800, t4: 1000, leastD: 6400 }, usersProxy: { workers }, trunksProxy: { workers } },
    })
  }, PATIENCE_MS)
  afterEach(async () => {
    for (const phone of phones.splice(0)) {
      await phone.unregister().catch(() => {})
      await phone.close()
    }
  })
  afterAll(() => platform?.stop())

  const phone = async (user: string, transport: Transport): Promise<Phone> => {
    const { listen, usersTls, usersWs, usersWss } = platform.ports
    const port = { tls: usersTls, ws: usersWs, wss: usersWss }[transport]
    const phone = await openPhone({
      on: [`${transport}:127.0.0.1`],
      aor: `sip:${user}@${platform.demo.domain}`,
      password: platform.password(user),
      proxy: `sip:${listen}:${port};transport=${transport === 'tls' ? 'tls' : 'ws'}`,
      ...(transport === 'wss' && { proxy: `sip:${listen}:${port};transport=wss` }),
      tls: { ca: readFileSync(platform.certificate) },
    })
    phones.push(phone)
    return phone
  }
  /** Alice has called Bob, who has heard of it. */
  const calling = async (from: Transport, to: Transport): Promise<{ readonly alice: PhoneCall; readonly bob: PhoneCall }> => {
    const callee = await phone('bob', to)
    await callee.register()
    calls++
    const alice = await (await phone('alice', from)).call(`sip:102@${platform.demo.domain}`, { offer: SDP })
    for await (const bob of callee.calls) return { alice, bob }
    throw new Error('no call came')
  }
  const talking = async (from: Transport, to: Transport): Promise<{ readonly alice: PhoneCall; readonly bob: PhoneCall }> => {
    const both = await calling(from, to)
    both.bob.ring()
    await both.alice.next('progress')
    both.bob.answer(SDP)
    await both.alice.answered
    await both.bob.answered
    return both
  }
  const crossed = async (): Promise<Readonly<Record<string, number>>> => {
    const all = (await platform.metrics()).filter(
      ({ name, labels }) => name === 'strowger_sip_handed_over_total' && labels.role === 'users-proxy',
    )
    return Object.fromEntries(all.map(({ labels, value }) => [labels.what, value]))
  }

  test.each(MIXES)('a caller over %s, a callee over %s: ringing, answer, hold, end by the caller (§15.1.1)', async (from, to) => {
    const { alice, bob } = await talking(from, to)
    await alice.next('answer')
    alice.offer(HOLD)
    await bob.nextOffer()
    bob.answerOffer(SDP)
    expect(await alice.next('answer', 'offer refused')).toMatchObject({ kind: 'answer' })
    alice.hangUp()
    expect(await bob.ended).toMatchObject({ by: 'them' })
  })

  test.each(MIXES)('a caller over %s, a callee over %s: end by the callee', async (from, to) => {
    const { alice, bob } = await talking(from, to)
    bob.hangUp()
    expect(await alice.ended).toMatchObject({ by: 'them' })
  })

  test.each(MIXES)('a caller over %s, a callee over %s: given up while it rings (§9)', async (from, to) => {
    const { alice, bob } = await calling(from, to)
    bob.ring()
    await alice.next('progress')
    alice.hangUp()
    expect(await bob.ended).toMatchObject({ by: 'them' })
    expect(await alice.ended).toMatchObject({ by: 'us' })
  })

  test.each(MIXES)('a caller over %s, a callee over %s: refused by 486', async (from, to) => {
    const { alice, bob } = await calling(from, to)
    bob.refuse()
    await expect(alice.answered).rejects.toMatchObject({ ended: { status: 486 } })
  })

  test('two baresips over TLS hear each other', async () => {
    const alice = await Baresip.start(platform, { username: 'alice', address: '127.0.0.51', transport: 'tls' })
    const bob = await Baresip.start(platform, { username: 'bob', address: '127.0.0.52', transport: 'tls', hertz: 660 })
    calls++
    try {
      alice.command('dial', `sip:102@${platform.demo.domain}`)
      await bob.event('CALL_INCOMING', 30_000)
      bob.command('accept')
      await alice.event('CALL_ESTABLISHED', 30_000)
      const before = await platform.metric('strowger_relay_packets_total')
      await until('packets', async () => (await platform.metric('strowger_relay_packets_total')) >= before + 400, 60_000)
      alice.command('hangup')
      await bob.event('CALL_CLOSED', 30_000)
    } finally {
      await alice.stop()
      await bob.stop()
    }
    expect([alice.heard().hertz, bob.heard().hertz]).toEqual([expect.closeTo(660, -2), expect.closeTo(440, -2)])
  })

  test('messages arrive at workers that do not own them, and leave by connections of others: all are handed over', async () => {
    // Whose connection it is the kernel decides, whose call it is the Call-ID: sooner or later they differ.
    const caller = await phone('alice', 'tls')
    const isCrossed = async (): Promise<boolean> => {
      const { arrived = 0, left = 0 } = await crossed()
      return arrived > 0 && left > 0
    }
    for (let tries = 0; workers > 1 && tries < 64 && !(await isCrossed()); tries++) {
      calls++
      const call = await caller.call(`sip:*43@${platform.demo.domain}`, { offer: SDP })
      await call.answered
      call.hangUp()
      await call.ended
    }
    expect(await isCrossed()).toBe(workers > 1)
    expect((await crossed()).lost).toBe(0)
  })

  test('each call leaves one record, and nothing else is left', async () => {
    const rows = await until('a record of each call', async () => {
      const all = await platform.cdrs()
      return all.length >= calls && all
    })
    expect(new Set(rows.map(({ call }) => call)).size).toBe(calls)
    await expectIdle(platform, 60_000)
  })

  test('SIGTERM serves what is up and takes nothing new; a second one ends it, with its record', { timeout: PATIENCE_MS }, async () => {
    const first = await talking('tls', 'wss')
    const carol = await phone('carol', 'ws')
    calls++
    const second = await carol.call(`sip:*43@${platform.demo.domain}`, { offer: SDP })
    await second.answered
    platform.signal('SIGTERM')
    await until('draining', async () => (await platform.health()).roles['users-proxy']?.state === 'draining', 60_000)
    calls++
    const late = await carol.call(`sip:*43@${platform.demo.domain}`, { offer: SDP })
    await expect(late.answered).rejects.toMatchObject({ ended: { status: 503 } })
    // Two signals within 300 ms are one: a terminal's and npm's.
    await new Promise(resolve => setTimeout(resolve, 350))
    platform.signal('SIGTERM')
    for (const call of [first.alice, first.bob, second]) expect(await call.ended).toMatchObject({ by: 'them' })
    expect(await platform.ended()).toBe(0)
    const rows = await platform.cdrs()
    expect(rows).toHaveLength(calls)
    const ended = (row: CdrRow): boolean => row.hungUpBy === 'platform' && row.status === 200
    expect(
      rows
        .filter(ended)
        .map(({ caller }) => caller)
        .sort(),
    ).toEqual(['101', '103'])
  })
})

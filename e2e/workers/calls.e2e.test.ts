/** The calls of a day through proxies of several workers on the same ports: whatever the kernel does with a message, its owner gets it. RFC 3261 §13, §15. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { expectIdle } from '../idle.ts'
import { needing } from '../peers.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { phone, type Sipp, sipp, type Transport } from '../sipp.ts'
import { until } from '../until.ts'

const { title, skip } = needing('workers', 'sipp')
const MIXES = [
  ['udp', 'udp'],
  ['tcp', 'udp'],
  ['udp', 'tcp'],
  ['tcp', 'tcp'],
] as const

describe.skipIf(skip).each([1, 2, 4])(`${title}: %i`, workers => {
  let platform: Platform
  const phones: Sipp[] = []
  beforeAll(async () => {
    platform = await startPlatform({
      config: {
        // Nothing is said twice only because the machine is slow: what a phone would say again it must say for a reason.
        sip: { t1: 200, t2: 800, t4: 1000, leastD: 6400 },
        overload: { lagMs: 60_000 },
        usersProxy: { workers },
        trunksProxy: { workers },
        carrier: { enabled: true },
      },
    })
  })
  afterEach(async () => {
    for (const phone of phones.splice(0)) await phone.stop()
  })
  afterAll(() => platform?.stop())

  const bob = async (scenario: string, transport: Transport, keys: Record<string, string> = {}): Promise<Sipp> => {
    const registered = await phone(platform, scenario, { user: 'bob', address: '127.0.0.3', transport, keys })
    phones.push(registered)
    return registered
  }
  const alice = async (scenario: string, transport: Transport, callee = '102'): Promise<Sipp> =>
    (await sipp(platform, { scenario, transport, keys: { callee } })).done()

  test.each(MIXES)('a caller over %s, a callee over %s: ringing, answer, end by the caller (§15.1.1)', async (from, to) => {
    const callee = await bob('callee-answers', to)
    const caller = await alice('caller-hangs-up', from)
    expect(answersTo(caller)).toEqual([407, 200])
    await caller.received({ status: 180, method: 'INVITE' })
    await callee.received({ method: 'BYE' })
  })

  test.each(MIXES)('a caller over %s, a callee over %s: hold, resume, end by the callee (RFC 3264 §8.4)', async (from, to) => {
    await bob('callee-answers', to)
    expect(answersTo(await alice('caller-holds', from))).toEqual([407, 200])
    for (const phone of phones.splice(0)) await phone.stop()
    const callee = await bob('callee-hangs-up', to)
    expect(answersTo(await alice('caller-waits', from))).toEqual([407, 200])
    await callee.received({ status: 200, method: 'BYE' })
  })

  test.each(MIXES)('a caller over %s, a callee over %s: given up while it rings (§9)', async (from, to) => {
    const callee = await bob('callee-rings', to)
    expect(answersTo(await alice('caller-cancels', from))).toEqual([407, 487])
    await callee.received({ method: 'CANCEL' })
  })

  test.each(['486', '603'])('refused by %s', async status => {
    await bob('callee-refuses', 'udp', { status })
    expect(answersTo(await alice('caller-refused', 'tcp'))).toEqual([407, Number(status)])
  })

  test('nobody is registered: 480; nobody has the number: 404', async () => {
    expect(answersTo(await alice('caller-refused', 'udp', '103'))).toEqual([407, 480])
    expect(answersTo(await alice('caller-refused', 'udp', '199'))).toEqual([407, 404])
  })

  test('to the carrier', async () => {
    expect(answersTo(await alice('caller-hangs-up', 'udp', '+34911111111'))).toEqual([407, 200])
  })

  test('each call leaves one record', async () => {
    // Twelve between two phones, one to the carrier, four given up, two refused, one to nobody, one to no number.
    const rows = await until('a record of each call', async () => {
      const all = await platform.cdrs()
      return all.length >= 21 && all
    })
    expect(rows.filter(({ status }) => status === 200)).toHaveLength(13)
    expect(new Set(rows.map(({ call }) => call)).size).toBe(rows.length)
  })

  test('each worker is seen at /healthz, and their counts are added up at /metrics', async () => {
    const health = (await platform.health()) as unknown as { roles: Record<string, { detail: { workers?: { state: string }[] } }> }
    for (const role of ['users-proxy', 'trunks-proxy']) {
      const seen = health.roles[role]?.detail.workers ?? [{ state: 'ready' }]
      expect(seen.map(({ state }) => state)).toEqual(Array.from({ length: workers }, () => 'ready'))
    }
    const handedOver = (await platform.metrics()).filter(({ name }) => name === 'strowger_sip_handed_over_total')
    const arrived = handedOver.filter(({ labels }) => labels.what === 'arrived' && labels.role === 'users-proxy')
    expect(arrived).toHaveLength(1)
    if (workers === 1) expect(arrived[0]?.value).toBe(0)
    else expect(arrived[0]?.value).toBeGreaterThan(0)
  })

  test('nothing is left of any of them', () => expectIdle(platform, 60_000))

  test('two phones call each other, the echo and the carrier', async () => {
    await platform.command('demo', '--seconds', '1')
  })
})

/** Each final status once: with timers this short a slow machine sees some again. */
function answersTo(caller: Sipp): readonly number[] {
  return [...new Set(caller.statuses('INVITE'))]
}

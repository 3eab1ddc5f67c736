/** SIPp calls SIPp through the platform: every way a call between two extensions can go, over UDP and TCP in every mix. RFC 3261 §13, §15. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectIdle } from './idle.ts'
import { needing } from './peers.ts'
import { type CdrRow, type Platform, startPlatform } from './platform.ts'
import { phone, type Sipp, sipp, type Transport } from './sipp.ts'

const { title, skip } = needing('calls', 'sipp')

describe.skipIf(skip)(title, () => {
  let platform: Platform
  let attempts = 0
  const phones: Sipp[] = []
  beforeAll(async () => {
    // Each of the many calls waits until its transactions are forgotten: a twentieth of the usual time.
    platform = await startPlatform({ config: { sip: { t1: 25, t2: 200, t4: 250, leastD: 1600 }, appserver: { noAnswer: 2 } } })
  })
  beforeEach(async () => {
    attempts = (await platform.cdrs()).length
  })
  afterEach(async () => {
    for (const phone of phones.splice(0)) await phone.stop()
  })
  afterAll(() => platform?.stop())

  /** Bob's phone, registered; it takes its call as `scenario` says. */
  const bob = async (scenario: string, transport: Transport, keys: Record<string, string> = {}): Promise<Sipp> => {
    const registered = await phone(platform, scenario, { user: 'bob', address: '127.0.0.3', transport, keys })
    phones.push(registered)
    return registered
  }
  /** Alice's phone; ended when her scenario is. */
  const alice = async (scenario: string, transport: Transport, callee = '102'): Promise<Sipp> =>
    (await sipp(platform, { scenario, transport, keys: { callee } })).done()

  /** The one record more that a call has left. */
  const record = async (): Promise<CdrRow> => platform.cdr(++attempts)
  const internal = { caller: '101', callee: '102', direction: 'internal' }
  const refused = { ...internal, answer: null, durationMs: 0 }

  describe.each([
    ['udp', 'udp'],
    ['udp', 'tcp'],
    ['tcp', 'udp'],
    ['tcp', 'tcp'],
  ] as const)('a caller over %s, a callee over %s', (from, to) => {
    test('ringing, answer, and the caller hangs up (§15.1.1)', async () => {
      const callee = await bob('callee-answers', to)
      const caller = await alice('caller-hangs-up', from)
      expect(caller.statuses('INVITE')).toEqual([407, 200])
      await caller.received({ status: 180, method: 'INVITE' })
      await callee.received({ method: 'BYE' })
      const cdr = await record()
      expect(cdr).toMatchObject({ ...internal, status: 200, hungUpBy: 'caller', tenant: { brand: 1, client: 1, user: 1 } })
      expect(cdr.durationMs).toBeGreaterThanOrEqual(250)
      expect(Date.parse(cdr.end) - Date.parse(cdr.answer as string)).toBeGreaterThanOrEqual(250)
      expectHidden(caller, callee)
      await expectIdle(platform)
    })

    test('the callee hangs up (§15.1.1)', async () => {
      const callee = await bob('callee-hangs-up', to)
      const caller = await alice('caller-waits', from)
      expect(caller.statuses('INVITE')).toEqual([407, 200])
      await callee.received({ status: 200, method: 'BYE' })
      expect(await record()).toMatchObject({ ...internal, status: 200, hungUpBy: 'callee' })
      await expectIdle(platform)
    })

    test('hold and resume by re-INVITE reach the other side (RFC 3264 §8.4)', async () => {
      const callee = await bob('callee-answers', to)
      const caller = await alice('caller-holds', from)
      expect(caller.statuses('INVITE')).toEqual([407, 200, 200, 200])
      await callee.received({ method: 'BYE' })
      const offers = callee.messages.filter(
        ({ sent, method, status, text }) => !sent && method === 'INVITE' && status === undefined && text.includes('v=0'),
      )
      expect(distinct(offers.map(({ text }) => /a=(sendonly|sendrecv)/.exec(text)?.[1]))).toEqual(['sendrecv', 'sendonly', 'sendrecv'])
      expect(await record()).toMatchObject({ ...internal, status: 200, hungUpBy: 'caller' })
      expectHidden(caller, callee)
      await expectIdle(platform)
    })

    test('the caller gives up while it rings: 487 (§9)', async () => {
      const callee = await bob('callee-rings', to)
      const caller = await alice('caller-cancels', from)
      expect(caller.statuses('INVITE')).toEqual([407, 487])
      await callee.received({ method: 'CANCEL' })
      expect(await record()).toMatchObject({ ...refused, status: 487, hungUpBy: 'caller' })
      await expectIdle(platform)
    })

    test.each([
      ['busy', '486'],
      ['declined', '603'],
    ])('%s: %s (§21.4.24, §21.6.2)', async (_, status) => {
      await bob('callee-refuses', to, { status })
      const caller = await alice('caller-refused', from)
      expect(caller.statuses('INVITE')).toEqual([407, Number(status)])
      expect(await record()).toMatchObject({ ...refused, status: Number(status), hungUpBy: 'callee' })
      await expectIdle(platform)
    })

    test('nobody answers: 480, and the phone stops ringing', async () => {
      const callee = await bob('callee-rings', to)
      const caller = await alice('caller-refused', from)
      expect(caller.statuses('INVITE')).toEqual([407, 480])
      await callee.received({ method: 'CANCEL' })
      expect(await record()).toMatchObject({ ...refused, status: 480, hungUpBy: 'platform' })
      await expectIdle(platform)
    })
  })

  describe.each(['udp', 'tcp'] as const)('a caller over %s', from => {
    test('the callee is not registered: 480', async () => {
      const caller = await alice('caller-refused', from, '103')
      expect(caller.statuses('INVITE')).toEqual([407, 480])
      expect(await record()).toMatchObject({ ...refused, callee: '103', status: 480 })
      await expectIdle(platform)
    })

    test('an extension that does not exist: 404', async () => {
      const caller = await alice('caller-refused', from, '199')
      expect(caller.statuses('INVITE')).toEqual([407, 404])
      expect(await record()).toMatchObject({ status: 404, caller: '101', callee: '199', answer: null })
      await expectIdle(platform)
    })
  })
})

/** Neither sees the other's address or media port: both talk to the relay (RFC 3264 §5). */
function expectHidden(caller: Sipp, callee: Sipp): void {
  for (const [phone, other] of [
    [caller, callee],
    [callee, caller],
  ] as const) {
    const received = phone.messages.filter(({ sent }) => !sent).map(({ text }) => text)
    expect(received.join('')).not.toContain(other.address)
    const media = received.flatMap(text =>
      [...text.matchAll(/^(?:c=IN IP4 (\S+)|m=audio (\d+))/gm)].map(([, address, port]) => address ?? port),
    )
    expect(media).toContain('127.0.0.1')
    expect(media).not.toContain(String(other.mediaPort))
  }
}

/** Without what was only sent again. */
function distinct<T>(values: readonly T[]): readonly T[] {
  return values.filter((value, index) => value !== values[index - 1])
}

/** The carrier's side of the network is cut, by a packet filter in a namespace: calls that are up, calls that begin meanwhile, and afterwards. RFC 3263 §4.3. */
import { loadConfig } from '@strowger/runtime'
import { openStore } from '@strowger/store'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Baresip } from '../baresip.ts'
import { expectIdle } from '../idle.ts'
import { needing } from '../peers.ts'
import { type CdrRow, type Platform, run, startPlatform } from '../platform.ts'
import { freePort } from '../ports.ts'
import { phone, type Sipp, sipp } from '../sipp.ts'
import { until } from '../until.ts'
import { extent, isFull } from './extent.ts'

const { title, skip } = needing('a carrier that is cut off', 'baresip', 'sipp', 'ip', 'iptables')

const FIRST = '127.0.0.71'
const SECOND = '127.0.0.72'
const NUMBER = '+34911111111'
const namespace = `sw${process.pid}cut`
const inside = ['ip', 'netns', 'exec', namespace]
const SILENCE_SECONDS = extent(3, 60)

describe.skipIf(skip)(title, () => {
  let platform: Platform
  let second: number
  let calls = 0

  beforeAll(async () => {
    await root(['ip', 'netns', 'add', namespace])
    // A baresip that finds no network but the loopback does not register.
    await root(['ip', 'link', 'add', 'near', 'netns', namespace, 'type', 'veth', 'peer', 'name', 'far', 'netns', namespace])
    await root(['ip', '-n', namespace, 'addr', 'add', '10.79.0.1/24', 'dev', 'near'])
    for (const link of ['lo', 'near', 'far']) await root(['ip', '-n', namespace, 'link', 'set', link, 'up'])
    second = await freePort()
    const config = { carrier: { enabled: true, address: FIRST }, media: { silenceSeconds: SILENCE_SECONDS }, appserver: { noAnswer: 30 } }
    platform = await startPlatform({ inside, config })
    await addSecondCarrier()
    await platform.restart('trunks-proxy')
  })
  beforeEach(async () => {
    calls = (await platform.cdrs()).length
  })
  afterAll(async () => {
    await platform?.stop()
    await run('ip', ['netns', 'del', namespace])
  })

  /** Behind the demo's. */
  async function addSecondCarrier(): Promise<void> {
    const store = await openStore(loadConfig(platform.file))
    await store.write(async tables => {
      const [brand] = await tables.find('brand', {})
      const brandId = brand!.id
      const carrierId = await tables.insert('carrier', { brandId, name: 'second', transformationRuleSetId: null })
      await tables.insert('carrierServer', { carrierId, address: SECOND, port: second, transport: 'udp' })
      const everywhere = { clientId: null, routingPatternId: null, mode: 'static', priority: 2, weight: 1, stopper: false } as const
      await tables.insert('outgoingRouting', { brandId, carrierId, ...everywhere })
    })
    await store.close()
  }

  const record = (): Promise<CdrRow> => platform.cdr(++calls)
  const packets = (): Promise<number> => platform.metric('strowger_relay_packets_total')
  const secondCarrier = (): Promise<Sipp> =>
    sipp(platform, {
      scenario: 'callee-answers',
      to: platform.trunks,
      user: 'carrier',
      password: '',
      address: SECOND,
      port: second,
      inside,
    })
  const call = (): Promise<Sipp> =>
    sipp(platform, { scenario: 'caller-hangs-up', keys: { callee: NUMBER, talk: '100' }, timeoutSeconds: 120, inside })

  test.each(isFull ? [5, 60, 600] : [2])(
    'for %i s: the call goes on, and both hear each other again',
    { timeout: 900_000 },
    async seconds => {
      const alice = await Baresip.start(platform, { username: 'alice', address: '127.0.0.41', inside })
      try {
        alice.command('dial', `sip:${NUMBER}@${platform.demo.domain}`)
        await alice.event('CALL_ESTABLISHED')
        const begun = await packets()
        await until('a second of sound', async () => (await packets()) >= begun + 200)
        const cut = await packets()
        await whileCut(async () => {
          // Of her own alone: 50 a second, and nothing comes back.
          await until(`${seconds} s of the caller's packets`, async () => (await packets()) >= cut + 50 * seconds, 1000 * (seconds + 60))
          expect(alice.events.filter(({ type }) => type === 'CALL_CLOSED')).toEqual([])
        })
        const lifted = await packets()
        await until('three seconds of sound', async () => (await packets()) >= lifted + 600)
        alice.command('hangup')
        await alice.event('CALL_CLOSED')
      } finally {
        await alice.stop()
      }
      expect(alice.heard(1).hertz).toBeCloseTo(440, -1)
      expect(await record()).toMatchObject({ direction: 'outbound', callee: NUMBER, status: 200, hungUpBy: 'caller' })
      await expectIdle(platform, 60_000)
    },
  )

  test('for longer than nobody may be silent: the call ends, and the record says why', { timeout: 300_000 }, async () => {
    const alice = await phone(platform, 'callee-answers', { user: 'alice', address: '127.0.0.43', inside })
    const before = await packets()
    // It speaks, she does not: without the carrier there is no sound at all.
    const caller = platform.command('carrier-call', '--to', platform.demo.ddi, '--seconds', String(SILENCE_SECONDS + extent(6, 30)))
    const isOver = caller.then(
      () => {},
      () => {},
    )
    await until('sound', async () => (await packets()) >= before + 100)
    await whileCut(async () => {
      await alice.received({ method: 'BYE' }, 1000 * (SILENCE_SECONDS + 60))
      await isOver
    })
    expect(await record()).toMatchObject({ direction: 'inbound', status: 200, hungUpBy: 'platform', cause: 'no media' })
    await alice.stop()
    await expectIdle(platform, 60_000)
  })

  test('calls that begin meanwhile go by the second carrier, and the next ones at once (RFC 3263 §4.3)', { timeout: 300_000 }, async () => {
    await whileCut(async () => {
      for (const which of ['tried', 'passed over']) {
        const tried = await dropped()
        const carrier = await secondCarrier()
        await (await call()).done()
        await carrier.done()
        expect(await record(), which).toMatchObject({ direction: 'outbound', callee: NUMBER, status: 200, hungUpBy: 'caller' })
        expect((await dropped()) > tried, `the first carrier is ${which}`).toBe(which === 'tried')
      }
    })
    expect(platform.lines.some(({ msg, place }) => msg === 'does not answer: others come first' && String(place).includes(FIRST))).toBe(
      true,
    )
    await expectIdle(platform, 60_000)
  })

  test.runIf(isFull)('half a minute after it is there again, calls go to the first carrier', { timeout: 300_000 }, async () => {
    await until(
      'a call by the first carrier',
      async () => {
        const carrier = await secondCarrier()
        const { messages } = await (await call()).done()
        await record()
        const came = carrier.messages.length > 0
        await carrier.stop()
        expect(messages.length).toBeGreaterThan(0)
        return !came
      },
      120_000,
    )
    await expectIdle(platform, 60_000)
  })
})

/** Nothing goes to the first carrier or comes from it. */
async function whileCut(what: () => Promise<void>): Promise<void> {
  const rules = ['-s', '-d'].map(side => ['INPUT', side, `${FIRST}/32`, '-j', 'DROP'])
  for (const rule of rules) await root([...inside, 'iptables', '-A', ...rule])
  try {
    await what()
  } finally {
    for (const rule of rules) await root([...inside, 'iptables', '-D', ...rule])
  }
}

/** Packets to the first carrier that came to nothing. */
async function dropped(): Promise<number> {
  const { output } = await run('ip', [...inside.slice(1), 'iptables', '-L', 'INPUT', '-nvx'])
  return output
    .split('\n')
    .filter(line => line.includes('DROP'))
    .reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[0]), 0)
}

async function root([program, ...args]: readonly string[]): Promise<void> {
  if (program === undefined) throw new TypeError('no program')
  const { code, complaint } = await run(program, args)
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${complaint}`)
}

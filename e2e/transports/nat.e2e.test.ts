/** Phones behind a masquerading router: over TLS one is called on the connection it opened, and large requests find a way through small packets. RFC 5626 §5.3, RFC 3261 §18.1.1. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Baresip } from '../baresip.ts'
import { expectIdle } from '../idle.ts'
import { type Internet, openInternet } from '../namespaces.ts'
import { needing } from '../peers.ts'
import { type Platform, run, startPlatform } from '../platform.ts'
import { phone, type Sipp, sipp, type Transport } from '../sipp.ts'
import { until } from '../until.ts'

const { title, skip } = needing('transports through NAT and small packets', 'baresip', 'sipp', 'ip', 'iptables')

describe.skipIf(skip)(title, () => {
  let internet: Internet
  let platform: Platform
  let calls = 0
  const phones: Sipp[] = []
  beforeAll(async () => {
    internet = await openInternet({ hiddenMtu: 1280 })
    platform = await startPlatform({ inside: internet.public, config: { listen: internet.platformAddress } })
  })
  afterEach(async () => {
    for (const phone of phones.splice(0)) await phone.stop()
    calls = (await platform.cdrs()).length
  })
  afterAll(async () => {
    await platform?.stop()
    await internet?.close()
  })

  test('a phone behind NAT is called over the TLS connection it opened, and both hear each other (RFC 5626 §5.3)', async () => {
    const alice = await Baresip.start(platform, { username: 'alice', address: internet.publicPhone, inside: internet.public })
    const bob = await Baresip.start(platform, {
      ...{ username: 'bob', address: internet.hiddenPhone, inside: internet.hidden },
      ...{ transport: 'tls', hertz: 660 },
    })
    try {
      alice.command('dial', `sip:102@${platform.demo.domain}`)
      await bob.event('CALL_INCOMING', 30_000)
      bob.command('accept')
      await alice.event('CALL_ESTABLISHED', 30_000)
      await until('a hundred packets each way', async () => (await platform.metric('strowger_relay_packets_total')) >= 400, 60_000)
      alice.command('hangup')
      await bob.event('CALL_CLOSED', 30_000)
    } finally {
      await alice.stop()
      await bob.stop()
    }
    expect([alice.heard().hertz, bob.heard().hertz]).toEqual([expect.closeTo(660, -2), expect.closeTo(440, -2)])
    expect(bob.output).not.toMatch(/^(UDP|TCP) /m)
    expect(await platform.cdr(calls + 1)).toMatchObject({ caller: '101', callee: '102', status: 200, hungUpBy: 'caller' })
  })

  const bigCall = async (from: Transport, to: Transport): Promise<{ readonly caller: Sipp; readonly callee: Sipp }> => {
    const hidden = { address: internet.hiddenPhone, inside: internet.hidden }
    const callee = await phone(platform, 'callee-answers', { ...hidden, user: 'bob', transport: to })
    phones.push(callee)
    const there = { address: internet.publicPhone, inside: internet.public, scenarios: new URL('sipp/', import.meta.url) }
    const caller = await sipp(platform, { ...there, scenario: 'big-caller', transport: from, keys: { callee: '102' }, timeoutSeconds: 60 })
    phones.push(caller)
    return { caller, callee }
  }

  test.each([
    ['udp', 'udp'],
    ['tcp', 'tcp'],
  ] as const)('an INVITE of 4000 bytes, over %s and on over %s where packets are small, comes whole', async (from, to) => {
    const { caller, callee } = await bigCall(from, to)
    await caller.done()
    expect(caller.statuses('INVITE').at(-1)).toBe(200)
    const { text } = await callee.received({ method: 'INVITE' })
    expect(text).toMatch(/a=x-line:01 [\s\S]*a=x-line:48 /)
    await callee.received({ method: 'BYE' })
    expect(await platform.cdr(calls + 1)).toMatchObject({ callee: '102', status: 200, hungUpBy: 'caller' })
  })

  test('where fragments are dropped a phone over UDP is not reached and the caller is told; one over TCP is (RFC 3261 §18.1.1)', async () => {
    const [program, ...args] = internet.hidden
    const rule = await run(program!, [...args, 'iptables', '-t', 'raw', '-A', 'PREROUTING', '-f', '-j', 'DROP'])
    expect(rule).toMatchObject({ code: 0 })
    const lost = await bigCall('udp', 'udp')
    await until('an end for the caller', () => lost.caller.statuses('INVITE').some(status => status >= 408), 60_000)
    expect(lost.callee.messages.filter(({ method, sent }) => method === 'INVITE' && !sent)).toEqual([])
    await lost.caller.stop()
    await platform.cdr(calls + 1)
    const { caller } = await bigCall('udp', 'tcp')
    await caller.done()
    expect(caller.statuses('INVITE').at(-1)).toBe(200)
    expect(await platform.cdr(calls + 2)).toMatchObject({ callee: '102', status: 200 })
    await expectIdle(platform)
  })
})

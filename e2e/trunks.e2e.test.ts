/** Calls out through a carrier and in from one; a stranger at the trunks' proxy is refused. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Baresip } from './baresip.ts'
import { expectIdle } from './idle.ts'
import { needing } from './peers.ts'
import { type Platform, startPlatform } from './platform.ts'
import { until } from './until.ts'

const { title, skip } = needing('trunks', 'baresip')

describe.skipIf(skip)(title, () => {
  let platform: Platform
  let calls = 0
  beforeAll(async () => {
    platform = await startPlatform({ config: { carrier: { enabled: true } } })
  })
  afterAll(() => platform?.stop())

  const packets = (): Promise<number> => platform.metric('strowger_relay_packets_total')

  test('a phone that calls a +number hears itself from the carrier', async () => {
    const alice = await Baresip.start(platform, { username: 'alice', address: '127.0.0.41' })
    try {
      const before = await packets()
      alice.command('dial', `sip:+34911111111@${platform.demo.domain}`)
      await alice.event('CALL_ESTABLISHED')
      await until('a hundred packets there and back', async () => (await packets()) >= before + 400)
      alice.command('hangup')
      await alice.event('CALL_CLOSED')
    } finally {
      await alice.stop()
    }
    expect(alice.heard().hertz).toBeCloseTo(440, -1)
    const cdr = await platform.cdr(++calls)
    expect(cdr).toMatchObject({ caller: '101', callee: '+34911111111', direction: 'outbound', status: 200, hungUpBy: 'caller' })
    expect(cdr.legs).toHaveLength(2)
    await expectIdle(platform)
  })

  test('a call from the carrier to the DDI rings 101, and both hear each other', async () => {
    const alice = await Baresip.start(platform, { username: 'alice', address: '127.0.0.41' })
    let heard: { readonly status: number; readonly heardHz: number }
    try {
      const call = platform.command('carrier-call', '--to', platform.demo.ddi, '--seconds', '2')
      await alice.event('CALL_INCOMING')
      alice.command('accept')
      heard = JSON.parse(await call)
      await alice.event('CALL_CLOSED')
    } finally {
      await alice.stop()
    }
    expect(heard.status).toBe(200)
    expect(heard.heardHz).toBeCloseTo(440, -1)
    expect(alice.heard().hertz).toBeCloseTo(660, -1)
    expect(await platform.cdr(++calls)).toMatchObject({ callee: platform.demo.ddi, direction: 'inbound', status: 200, hungUpBy: 'caller' })
    await expectIdle(platform)
  })

  test('an INVITE from an address that is no provider is refused with 403 and leaves nothing', async () => {
    const stranger = createSocket('udp4')
    stranger.bind(0, '127.0.0.66')
    await once(stranger, 'listening')
    const { port } = stranger.address()
    const uri = `sip:${platform.demo.ddi}@${platform.trunks}`
    const lines = [
      `INVITE ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.66:${port};branch=z9hG4bKstranger;rport`,
      'Max-Forwards: 70',
      'From: <sip:+34600000000@127.0.0.66>;tag=x',
      `To: <${uri}>`,
      'Call-ID: stranger',
      'CSeq: 1 INVITE',
      `Contact: <sip:x@127.0.0.66:${port}>`,
      'Content-Length: 0',
      '',
      '',
    ]
    const answer = once(stranger, 'message')
    stranger.send(lines.join('\r\n'), platform.ports.trunks, platform.ports.listen)
    const [message] = (await answer) as [Buffer]
    stranger.close()
    expect(message.toString()).toMatch(/^SIP\/2\.0 403 /)
    await expectIdle(platform)
    expect(await platform.cdrs()).toHaveLength(calls)
  })
})

/** What phones ask for beyond RFC 3261, by way of the platform: 100rel, session timers, REFER. */
import { utf8, utf8Bytes } from '@strowger/sip-parser'
import { openPhone, type Phone, type PhoneCall, type PhoneOptions } from '@strowger/sip-transport'
import { afterAll, afterEach, expect, test } from 'vitest'
import { Platform } from './platform.ts'

let started: Promise<Platform> | undefined
const phones: Phone[] = []
afterEach(async () => {
  for (const phone of phones.splice(0)) await phone.close()
})
afterAll(async () => (await started)?.kill())

async function registered(name: string, more: Partial<PhoneOptions> = {}): Promise<Phone> {
  started ??= Platform.start('users-proxy,trunks-proxy,appserver,media,portal,jobs')
  const platform = await started
  await platform.ready()
  const { domain, users, sip } = platform.demo
  const { username, password } = users.find(user => user.name === name)!
  const [on, aor, proxy] = ['udp:127.0.0.1:0', `sip:${username}@${domain}`, `sip:${sip.udp}`] as const
  const phone = await openPhone({ on: [on], aor, password, realm: domain, proxy, ...more })
  phones.push(phone)
  await phone.register()
  return phone
}

async function incoming(phone: Phone): Promise<PhoneCall> {
  return (await phone.calls[Symbol.asyncIterator]().next()).value as PhoneCall
}

/** Each port is another version of the session (RFC 3264 §8). */
const sdp = (port: number): Uint8Array =>
  utf8Bytes(
    `v=0\r\no=- 1 ${port} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n`,
  )
const portOf = (description: Uint8Array): number => Number(/m=audio (\d+)/.exec(utf8(description))?.[1])

test('a phone that requires 100rel and one that insists on it: ringing is acknowledged on both sides (RFC 3262 §3, §4)', async () => {
  const [alice, bob] = [await registered('alice'), await registered('bob', { reliable: 'always' })]
  const call = await alice.call('sip:102@demo.localhost', { offer: sdp(40_000), headers: { Require: '100rel' } })
  const rung = await incoming(bob)
  expect(rung.ring(183, sdp(40_002))).toBe(true)
  const { response } = await call.next('progress')
  expect(response.headers.raw('Require')).toEqual(['100rel'])
  expect(rung.ring(180)).toBe(true)
  expect((await call.next('progress')).status).toBe(180)
  rung.answer()
  const { answer } = await call.answered
  expect([portOf(answer) > 0, portOf(answer) === 40_002]).toEqual([true, false])
  call.hangUp()
  expect(await rung.ended).toMatchObject({ by: 'them', status: 200 })
})

test('session timers are agreed with each phone by itself (RFC 4028 §9)', async () => {
  const [alice, bob] = [await registered('alice', { sessionTimer: { seconds: 600, minSe: 90, refresher: 'us' } }), await registered('bob')]
  const call = await alice.call('sip:102@demo.localhost', { offer: sdp(40_000) })
  const rung = await incoming(bob)
  rung.answer(sdp(40_002))
  const { response } = await call.answered
  await call.next('answer')
  expect(response?.headers.raw('Session-Expires')).toEqual(['600;refresher=uac'])
  await rung.answered
  for (const by of ['UPDATE', 'INVITE'] as const) {
    await expect.poll(() => call.offer(sdp(by === 'UPDATE' ? 40_004 : 40_006), { by })).toBe(true)
    const { offer } = await rung.nextOffer()
    expect([40_004, 40_006]).not.toContain(portOf(offer))
    rung.answerOffer(sdp(by === 'UPDATE' ? 40_008 : 40_010))
    await call.next('answer')
  }
  rung.hangUp()
  await call.ended
})

test('a REFER is refused with what is allowed, in a call and out of one (RFC 3261 §21.4.6)', async () => {
  const [alice, bob] = [await registered('alice'), await registered('bob')]
  const headers = { 'Refer-To': '<sip:103@demo.localhost>' }
  const outside = await alice.request({ method: 'REFER', uri: 'sip:102@demo.localhost', headers })
  expect([outside.status, outside.headers.raw('Allow')[0]]).toEqual([405, expect.stringContaining('INVITE')])
  const call = await alice.call('sip:102@demo.localhost', { offer: sdp(40_000) })
  const rung = await incoming(bob)
  rung.answer(sdp(40_002))
  await rung.answered
  rung.send('REFER', { headers })
  const { status, response } = await rung.next('response')
  expect([status, response?.headers.raw('Allow')[0]]).toEqual([405, expect.stringContaining('PRACK')])
  call.hangUp()
  expect(await rung.ended).toMatchObject({ by: 'them' })
})

/** baresip and a phone of ours: calls both ways, hold, transfer both ways, sessions without timers; its registration with a registrar of ours. RFC 3261, RFC 3515, RFC 4028. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { Baresip } from '../baresip.ts'
import { needing } from '../peers.ts'
import { until } from '../until.ts'
import { Registrar } from './registrar.ts'
import { nextCall, Stage, sdp } from './stage.ts'
import { obey, transfer } from './transfer.ts'

const { title, skip } = needing('a phone and baresip', 'baresip')

describe.skipIf(skip)(title, () => {
  let home: Stage
  let stage: Stage
  let registrar: Registrar
  let bob: Baresip
  beforeAll(async () => {
    home = new Stage()
    // It gives up when another algorithm is offered beside MD5, in either order.
    registrar = home.keep(await Registrar.open({ algorithms: ['MD5'] }))
    const { address } = registrar
    const platform = { folder: home.folder, users: address, demo: { domain: address }, password: () => 'secret' }
    bob = await Baresip.start(platform, { username: 'bob', address: '127.0.0.4', direct: true, patienceMs: 20_000 })
    home.keep({ close: () => bob.stop() })
  })
  afterAll(() => home?.close())
  beforeAll(() => {
    stage = new Stage()
  })
  afterEach(async () => {
    await stage.close()
    stage = new Stage()
    bob.events.splice(0)
  })

  const uri = (): string => /<([^>]+)>/.exec(registrar.bindings.get('bob')!)![1]!

  test('it registers with MD5 (RFC 7616 §3.4)', () => {
    expect(registrar.bindings.get('bob')).toContain('@127.0.0.4:')
    expect(registrar.proof.get('qop')).toBe('auth')
  })

  test('it calls, holds, resumes and hangs up (RFC 3261 §13, §14, §15)', async () => {
    const phone = await stage.phone()
    bob.command('dial', phone.contact)
    const call = await nextCall(phone)
    call.ring()
    call.answer(sdp('ours'))
    await call.next('confirmed')
    await bob.event('CALL_ESTABLISHED')
    bob.command('hold')
    const hold = await call.next('offer')
    expect(text(hold.offer)).toMatch(/a=(sendonly|inactive)/)
    call.answerOffer(sdp('ours', 'a=recvonly\r\n'))
    bob.command('resume')
    const resumed = await call.next('offer')
    expect(text(resumed.offer)).not.toMatch(/a=(sendonly|inactive)/)
    call.answerOffer(sdp('ours'))
    bob.command('hangup')
    expect(await call.ended).toMatchObject({ by: 'them', status: 200 })
  })

  test('it is called, held and hung up on (RFC 3261 §13, §14, §15)', async () => {
    const phone = await stage.phone()
    const call = await phone.call(uri(), { offer: sdp('ours') })
    await bob.event('CALL_INCOMING')
    expect((await call.next('progress')).status).toBe(180)
    bob.command('accept')
    expect(text((await call.next('answer')).answer)).toContain('m=audio')
    await call.next('confirmed')
    call.offer(sdp('ours', 'a=sendonly\r\n'))
    expect(text((await call.next('answer')).answer)).toMatch(/a=(recvonly|inactive)/)
    call.hangUp()
    await bob.event('CALL_CLOSED')
    expect(await call.ended).toMatchObject({ by: 'us', status: 200 })
  })

  test('it gives up a call that rings, and refuses one (RFC 3261 §9, §21.4.24)', async () => {
    const phone = await stage.phone()
    bob.command('dial', phone.contact)
    const first = await nextCall(phone)
    first.ring()
    await bob.event('CALL_RINGING')
    bob.command('hangup')
    expect(await first.ended).toMatchObject({ by: 'them', status: 487 })
    const second = await phone.call(uri(), { offer: sdp('ours') })
    await bob.event('CALL_INCOMING')
    bob.command('hangup')
    expect(await second.ended).toMatchObject({ by: 'them' })
  })

  test('it knows no session timers: we refresh alone, and it takes that (RFC 4028 §9)', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'], shouldAdvanceTime: true })
    try {
      const phone = await stage.phone({ sessionTimer: { seconds: 90, minSe: 90, refresher: 'us' } })
      bob.command('dial', phone.contact)
      const call = await nextCall(phone)
      call.answer(sdp('ours'))
      await call.next('confirmed')
      const before = bob.output.length
      await vi.advanceTimersByTimeAsync(46_000)
      await until('a refresh at baresip', () => bob.output.slice(before).includes('Session-Expires: 90;refresher=uac'))
      await vi.advanceTimersByTimeAsync(46_000)
      expect(call.hangUp()).toBe(true)
      expect(await call.ended).toMatchObject({ by: 'us', status: 200 })
    } finally {
      vi.useRealTimers()
    }
  })

  test('it transfers us to somebody else (RFC 3515 §2.4)', async () => {
    const [phone, carol] = [await stage.phone(), await stage.phone({ aor: 'sip:carol@127.0.0.1' })]
    bob.command('dial', phone.contact)
    const call = await nextCall(phone)
    call.answer(sdp('ours'))
    await call.next('confirmed')
    await bob.event('CALL_ESTABLISHED')
    bob.command('transfer', carol.contact)
    const answering = nextCall(carol).then(incoming => incoming.answer(sdp('carol')))
    const second = await obey(phone, call, async referred => {
      await referred.next('confirmed')
      return 200
    })
    await answering
    expect(await call.ended).toMatchObject({ by: 'them', status: 200 })
    expect(second.hangUp()).toBe(true)
  })

  test('we transfer it to somebody else, and it tells us how that goes (RFC 3515 §2.4.4)', async () => {
    const [phone, carol] = [await stage.phone(), await stage.phone({ aor: 'sip:carol@127.0.0.1' })]
    const call = await phone.call(uri(), { offer: sdp('ours') })
    await bob.event('CALL_INCOMING')
    bob.command('accept')
    const carols = nextCall(carol)
    void carols.then(incoming => incoming.answer(sdp('carol')))
    const told = await transfer(call, { referTo: carol.contact })
    expect(told.at(-1)).toBe(200)
    call.hangUp()
    const incoming = await carols
    await incoming.next('confirmed')
    bob.command('hangup')
    incoming.hangUp()
    await incoming.ended
  })
})

const text = (description: Uint8Array | undefined): string => Buffer.from(description ?? []).toString()

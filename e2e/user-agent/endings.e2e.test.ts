/** SIPp and a phone of ours: every crossing at the beginning and the end of a call, forks, and what is wrong. RFC 3261 §9, §13.2.2.4, §15. */
import { utf8, utf8Bytes } from '@strowger/sip-parser'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { needing } from '../peers.ts'
import { nameIn, nextCall, sdp, stages } from './stage.ts'

const { title, skip } = needing('a phone and SIPp at the ends of a call', 'sipp')

describe.skipIf(skip)(title, () => {
  const stage = stages()

  test('a CANCEL waits until SIPp has said something (RFC 3261 §9.1)', async () => {
    const [phone, callee] = [await stage().phone(), await stage().callee('callee-cancelled')]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    call.hangUp()
    await callee.done()
    expect(await call.ended).toMatchObject({ by: 'us', status: 487 })
  })

  test('SIPp answers while our CANCEL is on its way, and gets ACK and BYE (RFC 3261 §9.1, §15)', async () => {
    const [phone, callee] = [await stage().phone(), await stage().callee('callee-answers-cancelled')]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    await call.next('progress')
    call.hangUp()
    await callee.done()
    expect(await call.ended).toMatchObject({ by: 'us' })
  })

  test('of two phones that answer, the later one gets ACK and BYE (RFC 3261 §13.2.2.4)', async () => {
    const [phone, callee] = [await stage().phone(), await stage().callee('callee-forks')]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    const [first, second] = [await call.next('progress'), await call.next('progress')]
    expect(first.dialog).not.toBe(second.dialog)
    expect(nameIn((await call.next('answer')).answer)).toBe('second')
    expect((await call.next('confirmed')).dialog).toBe(second.dialog)
    await callee.received({ method: 'BYE' })
    call.hangUp()
    await callee.done()
  })

  test('each 200 of SIPp has its ACK, and SIPp hangs up (RFC 3261 §13.2.2.4, §15.1.2)', async () => {
    const [phone, callee] = [await stage().phone(), await stage().callee('callee-repeats')]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    expect(await call.ended).toMatchObject({ by: 'them', status: 200 })
    await callee.done()
  })

  test('SIPp gives up while we ring, and says why (RFC 3261 §9.2, RFC 3326 §2)', async () => {
    const phone = await stage().phone()
    const caller = await stage().caller('caller-cancels', phone)
    const call = await nextCall(phone)
    call.ring()
    const ended = await call.ended
    expect(ended).toMatchObject({ by: 'them', status: 487 })
    expect(ended.request?.headers.raw('Reason')).toEqual(['SIP ;cause=200 ;text="Call completed elsewhere"'])
    await caller.done()
  })

  test('a CANCEL that comes after our 200 has no effect (RFC 3261 §9.2)', async () => {
    const phone = await stage().phone()
    const caller = await stage().caller('caller-cancels-late', phone)
    const call = await nextCall(phone)
    call.answer(sdp('ours'))
    await call.next('confirmed')
    call.hangUp()
    await caller.done()
    expect(await call.ended).toMatchObject({ by: 'us', status: 200 })
  })

  test('SIPp hangs up before its ACK, and our 200 is not sent again (RFC 3261 §13.3.1.4, §15)', async () => {
    const phone = await stage().phone()
    const caller = await stage().caller('caller-hangs-up-before-ack', phone)
    const call = await nextCall(phone)
    call.answer(sdp('ours'))
    expect(await call.ended).toMatchObject({ by: 'them', status: 200 })
    await caller.done()
  })

  test('SIPp hangs up with BYE while we ring (RFC 3261 §15, §15.1.2)', async () => {
    const phone = await stage().phone()
    const caller = await stage().caller('caller-hangs-up-ringing', phone)
    const call = await nextCall(phone)
    call.ring()
    expect(await call.ended).toMatchObject({ by: 'them', status: 487 })
    await caller.done()
  })

  test('SIPp is told what it did wrong: 420, 405, 489, 500 (RFC 3261 §8.2, §12.2.2, RFC 6665 §7.2)', async () => {
    const phone = await stage().phone()
    const caller = await stage().caller('caller-errs', phone)
    const call = await nextCall(phone)
    call.answer(sdp('ours'))
    await caller.received({ method: 'INFO', status: 500 })
    call.hangUp()
    await caller.done()
  })

  test('INFO and MESSAGE go both ways inside the call (RFC 6086 §4, RFC 3428 §4)', async () => {
    const [phone, callee] = [await stage().phone(), await stage().callee('callee-informs')]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    await call.next('confirmed')
    call.send('INFO', { contentType: 'application/dtmf-relay', body: utf8Bytes('Signal=5\r\nDuration=160\r\n') })
    expect(await call.next('response')).toMatchObject({ status: 200 })
    const info = await call.next('request')
    expect(utf8(info.request.body)).toContain('Signal=7')
    call.respond(info.id, 200)
    call.respond((await call.next('request')).id, 480)
    call.hangUp()
    await callee.done()
  })

  test('what belongs to no call is answered, and a body that nobody reads is refused (RFC 3261 §8.2, §9.2, §11.2, §15.1.2)', async () => {
    const phone = await stage().phone()
    await (await stage().caller('caller-strays', phone)).done()
  })

  test('SIPp is somewhere else: the refusal says where (RFC 3261 §8.1.3.4)', async () => {
    const [phone, callee] = [await stage().phone(), await stage().callee('callee-redirects')]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    const ended = await call.ended
    expect(ended).toMatchObject({ by: 'them', status: 302 })
    expect(ended.response?.headers.raw('Contact').join()).toContain('sip:nearer@192.0.2.8')
    await callee.done()
  })

  describe('when SIPp falls silent', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'], shouldAdvanceTime: true }))
    afterEach(() => void vi.useRealTimers())

    test('a 183 that it does not acknowledge is said again, and then 504 ends the call (RFC 3262 §3)', async () => {
      const phone = await stage().phone()
      const caller = await stage().caller('caller-never-pracks', phone)
      const call = await nextCall(phone)
      call.ring(183, sdp('ours'))
      await caller.received({ method: 'INVITE', status: 183 })
      await vi.advanceTimersByTimeAsync(33_000)
      expect(await call.ended).toMatchObject({ by: 'network', status: 504, cause: 'no PRACK' })
      await caller.done()
    })

    test('a 200 that it does not acknowledge is sent again, and then BYE ends the call (RFC 3261 §13.3.1.4)', async () => {
      const phone = await stage().phone()
      const caller = await stage().caller('caller-never-acks', phone)
      const call = await nextCall(phone)
      call.answer(sdp('ours'))
      await caller.received({ method: 'INVITE', status: 200 })
      await vi.advanceTimersByTimeAsync(33_000)
      expect(await call.ended).toMatchObject({ by: 'network', cause: 'no ACK' })
      await caller.done()
    })
  })
})

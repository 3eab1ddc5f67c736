/** SIPp and a phone of ours change a session, keep it alive and give it up. RFC 3261 §14, RFC 3264 §8, RFC 4028. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { needing } from '../peers.ts'
import { nameIn, nextCall, sdp, stages } from './stage.ts'

const { title, skip } = needing('a phone and SIPp in a session', 'sipp')

describe.skipIf(skip)(title, () => {
  const stage = stages()

  test.each(['udp', 'tcp'] as const)(
    'hold both ways over %s, and each side asks the other for an offer (RFC 3264 §8.4, RFC 3261 §14)',
    async transport => {
      const [phone, callee] = [await stage().phone({}, transport), await stage().callee('callee-holds', { transport })]
      const call = await phone.call(callee.uri, { offer: sdp('ours') })
      await call.next('confirmed')
      await call.next('answer')
      call.offer(sdp('ours', 'a=sendonly\r\n'))
      expect(nameIn((await call.next('answer')).answer)).toBe('held')
      expect(nameIn((await call.next('offer')).offer)).toBe('holding')
      call.answerOffer(sdp('ours', 'a=recvonly\r\n'))
      expect((await call.next('offer')).offer).toBeUndefined()
      call.answerOffer(sdp('ours again'))
      expect(nameIn((await call.next('answer')).answer)).toBe('theirs again')
      expect(call.offer()).toBe(true)
      expect(nameIn((await call.next('offer')).offer)).toBe('offered when asked')
      call.answerOffer(sdp('ours at last'))
      call.hangUp()
      await callee.done()
    },
  )

  test('a change that SIPp refuses leaves the call as it was (RFC 6141 §3)', async () => {
    const [phone, callee] = [await stage().phone(), await stage().callee('callee-refuses-change')]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    await call.next('confirmed')
    call.offer(sdp('ours on hold'))
    expect(await call.next('offer refused')).toMatchObject({ status: 488 })
    call.hangUp()
    await callee.done()
  })

  test('re-INVITEs that cross meet 491, and the one who was called tries again first (RFC 3261 §14.1)', async () => {
    const phone = await stage().phone()
    const caller = await stage().caller('caller-glares', phone)
    const call = await nextCall(phone)
    call.answer(sdp('ours'))
    await call.next('confirmed')
    call.offer(sdp('ours on hold'))
    expect(nameIn((await call.next('answer')).answer)).toBe('held')
    call.hangUp()
    await caller.done()
    expect(caller.statuses('INVITE')).toEqual([200, 491])
  })

  test('UPDATEs that cross meet 491, and ours comes again (RFC 3311 §5.2)', async () => {
    const phone = await stage().phone()
    const caller = await stage().caller('caller-crosses-update', phone)
    const call = await nextCall(phone)
    call.answer(sdp('ours'))
    await call.next('confirmed')
    call.offer(sdp('ours on hold'), { by: 'UPDATE' })
    expect(nameIn((await call.next('answer')).answer)).toBe('held')
    call.hangUp()
    await caller.done()
  })

  test('the route that SIPp recorded is followed, and its Contact is only named (RFC 3261 §12.1.2, §12.2.1.1)', async () => {
    const [phone, callee] = [await stage().phone(), await stage().callee('callee-routes')]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    await call.next('confirmed')
    call.hangUp()
    await callee.done()
  })

  describe('with a timer', () => {
    /** Our clock: minutes pass for the phone, none for SIPp. */
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'], shouldAdvanceTime: true }))
    afterEach(() => void vi.useRealTimers())
    const sessionTimer = { seconds: 90, minSe: 90, refresher: 'us' } as const

    test.each([
      ['UPDATE', 'Allow: INVITE, UPDATE'],
      ['INVITE', 'Allow: INVITE, BYE'],
    ])('SIPp asks for two minutes by 422, and is refreshed by %s when the first is over (RFC 4028 §7.3, §10)', async (refresh, allow) => {
      const phone = await stage().phone({ sessionTimer })
      const callee = await stage().callee('callee-wants-longer', { words: { refresh, allow } })
      const call = await phone.call(callee.uri, { offer: sdp('ours') })
      await call.next('confirmed')
      await vi.advanceTimersByTimeAsync(55_000)
      expect(callee.messages.filter(({ sent, method }) => !sent && method === refresh && method === 'UPDATE')).toEqual([])
      await vi.advanceTimersByTimeAsync(6_000)
      await callee.sent({ method: refresh, status: 200, containing: 'Content-Length: 0' })
      call.hangUp()
      await callee.done()
    })

    test('SIPp promises to refresh and does not: BYE before the session expires (RFC 4028 §10)', async () => {
      const [phone, callee] = [await stage().phone({ sessionTimer }), await stage().callee('callee-forgets')]
      const call = await phone.call(callee.uri, { offer: sdp('ours') })
      await call.next('confirmed')
      await vi.advanceTimersByTimeAsync(61_000)
      await callee.done()
      expect(await call.ended).toMatchObject({ by: 'network', cause: 'session expired' })
    })
  })

  test('SIPp wants a minute, is told the least by 422, and refreshes by UPDATE and re-INVITE (RFC 4028 §9)', async () => {
    const phone = await stage().phone()
    const caller = await stage().caller('caller-wants-shorter', phone)
    const call = await nextCall(phone)
    call.answer(sdp('ours'))
    await call.next('confirmed')
    // A description that is the same as before needs nobody to answer it.
    await caller.sent({ method: 'ACK', containing: 'CSeq: 4' })
    call.hangUp()
    await caller.done()
  })
})

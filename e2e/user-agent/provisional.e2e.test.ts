/** SIPp and a phone of ours say more than yes or no: reliable provisional responses, UPDATE, offers late and early. RFC 3262, RFC 3311, RFC 6337 §2. */
import { describe, expect, test } from 'vitest'
import { needing } from '../peers.ts'
import { nameIn, nextCall, sdp, stages } from './stage.ts'

const { title, skip } = needing('a phone and SIPp before the call is up', 'sipp')

describe.skipIf(skip)(title, () => {
  const stage = stages()

  test.each(['udp', 'tcp'] as const)(
    'SIPp rings reliably over %s, and its 183, sent twice, is acknowledged once (RFC 3262 §4)',
    async transport => {
      const [phone, callee] = [await stage().phone({}, transport), await stage().callee('callee-reliable', { transport })]
      const call = await phone.call(callee.uri, { offer: sdp('ours') })
      const { answer, early } = await call.next('answer')
      expect([nameIn(answer), early]).toEqual(['early', false])
      expect((await call.next('progress')).status).toBe(183)
      expect((await call.next('progress')).status).toBe(180)
      await call.next('confirmed')
      call.hangUp()
      await callee.done()
      expect(await call.ended).toMatchObject({ by: 'us', status: 200 })
      expect(callee.messages.filter(({ sent, method, status }) => !sent && method === 'PRACK' && status === undefined)).toHaveLength(2)
    },
  )

  test('SIPp offers in a reliable 183, and has its answer in the PRACK (RFC 3262 §5)', async () => {
    const [phone, callee] = [await stage().phone(), await stage().callee('callee-offers-reliably')]
    const call = await phone.call(callee.uri)
    expect(nameIn((await call.next('offer')).offer)).toBe('theirs')
    call.answerOffer(sdp('ours'))
    await call.next('confirmed')
    call.hangUp()
    await callee.done()
  })

  test('SIPp offers in its 200, and has its answer in the ACK (RFC 3261 §13.2.2.4)', async () => {
    const [phone, callee] = [await stage().phone(), await stage().callee('callee-offers-late')]
    const call = await phone.call(callee.uri)
    expect(nameIn((await call.next('offer')).offer)).toBe('theirs')
    call.answerOffer(sdp('ours'))
    await call.next('confirmed')
    call.hangUp()
    await callee.done()
  })

  test('SIPp UPDATEs and is UPDATEd, before the call is up and afterwards (RFC 3311 §5)', async () => {
    const [phone, callee] = [await stage().phone(), await stage().callee('callee-updates')]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    await call.next('answer')
    expect(nameIn((await call.next('offer')).offer)).toBe('update one')
    call.answerOffer(sdp('ours one'))
    expect(call.offer(sdp('ours two'))).toBe(true)
    expect(nameIn((await call.next('answer')).answer)).toBe('two')
    await call.next('confirmed')
    expect(nameIn((await call.next('offer')).offer)).toBe('update three')
    call.answerOffer(sdp('ours three'))
    expect(call.offer(sdp('ours four'), { by: 'UPDATE' })).toBe(true)
    expect(nameIn((await call.next('answer')).answer)).toBe('four')
    call.hangUp()
    await callee.done()
  })

  test.each(['udp', 'tcp'] as const)('SIPp PRACKs our 183 over %s; a second PRACK for it meets 481 (RFC 3262 §3)', async transport => {
    const phone = await stage().phone({}, transport)
    const caller = await stage().caller('caller-pracks', phone, { transport })
    const call = await nextCall(phone)
    expect(nameIn(call.offered)).toBe('theirs')
    call.ring(183, sdp('ours'))
    await caller.received({ method: 'PRACK', status: 481 })
    call.answer()
    await call.next('confirmed')
    call.hangUp()
    await caller.done()
  })

  test('SIPp calls without an offer, and answers ours in its ACK (RFC 3261 §13.2.1)', async () => {
    const phone = await stage().phone()
    const caller = await stage().caller('caller-asks', phone)
    const call = await nextCall(phone)
    expect(call.offered).toBeUndefined()
    call.ring()
    call.answer(sdp('ours'))
    expect(nameIn((await call.next('answer')).answer)).toBe('theirs')
    await call.next('confirmed')
    call.hangUp()
    await caller.done()
  })

  test('of two phones that ring reliably, each has a count of its own (RFC 3262 §4, RFC 3261 §13.2.2.4)', async () => {
    const [phone, callee] = [await stage().phone(), await stage().callee('callee-rings-twice')]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    const [first, second] = [await call.next('answer'), await call.next('answer')]
    expect([nameIn(first.answer), nameIn(second.answer)]).toEqual(['first', 'second'])
    expect((await call.next('confirmed')).dialog).toBe(second.dialog)
    call.hangUp()
    await callee.done()
  })

  test('SIPp wants reliable responses and is slow: our 183 comes again, our 200 waits for its PRACK (RFC 3262 §3)', async () => {
    const phone = await stage().phone()
    const caller = await stage().caller('caller-pracks-late', phone)
    const call = await nextCall(phone)
    call.ring(183, sdp('ours'))
    call.answer()
    await call.next('confirmed')
    call.hangUp()
    await caller.done()
    expect(caller.messages.filter(({ status }) => status === 183).length).toBeGreaterThan(1)
  })

  test('SIPp offers nothing, gets our offer in a reliable 183 and answers in its PRACK (RFC 3262 §5)', async () => {
    const phone = await stage().phone()
    const caller = await stage().caller('caller-answers-in-prack', phone)
    const call = await nextCall(phone)
    call.ring(183, sdp('ours'))
    expect(nameIn((await call.next('answer')).answer)).toBe('theirs')
    call.answer()
    await call.next('confirmed')
    call.hangUp()
    await caller.done()
  })

  test('SIPp UPDATEs and is UPDATEd while we ring (RFC 3311 §5)', async () => {
    const phone = await stage().phone()
    const caller = await stage().caller('caller-updates', phone)
    const call = await nextCall(phone)
    call.ring(183, sdp('ours'))
    expect(nameIn((await call.next('offer')).offer)).toBe('update one')
    call.answerOffer(sdp('ours one'))
    expect(call.offer(sdp('ours two'))).toBe(true)
    expect(nameIn((await call.next('answer')).answer)).toBe('two')
    call.answer()
    await call.next('confirmed')
    call.hangUp()
    await caller.done()
  })

  test('a body of parts, compact names and names in odd case are read (RFC 3261 §7.3, RFC 5621 §3)', async () => {
    const phone = await stage().phone()
    const caller = await stage().caller('caller-writes-differently', phone)
    const call = await nextCall(phone)
    expect(nameIn(call.offered)).toBe('among others')
    call.answer(sdp('ours'))
    await call.next('confirmed')
    call.hangUp()
    await caller.done()
  })
})

/** SIPp and a phone of ours transfer each other, blind and attended, and take calls over. RFC 3515, RFC 3891, RFC 5589. */
import { acceptRefer, takeRefer } from '@strowger/sip-ua/events'
import { describe, expect, test } from 'vitest'
import { needing } from '../peers.ts'
import type { Sipp } from '../sipp.ts'
import { nameIn, nextCall, sdp, stages } from './stage.ts'
import { obey, transfer } from './transfer.ts'

const { title, skip } = needing('a phone and SIPp transfer', 'sipp')

describe.skipIf(skip)(title, () => {
  const stage = stages()

  test('SIPp transfers us: we call whom it names, and it hears how that goes (RFC 3515 §2.4, RFC 3892 §2.2)', async () => {
    const target = await stage().callee('callee-answers', {
      address: '127.0.0.3',
      words: { seen: 'Referred-By: .sip:sipp@transfers.example' },
    })
    const [phone, callee] = [
      await stage().phone(),
      await stage().callee('callee-transfers', { words: { refer_to: `<${target.uri}>`, outcome: '200' } }),
    ]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    const second = await obey(phone, call, async referred => {
      await referred.next('confirmed')
      return 200
    })
    await callee.done()
    expect(await call.ended).toMatchObject({ by: 'them', status: 200 })
    second.hangUp()
    await target.done()
  })

  test('whom SIPp names is busy: it is told, and the call with it goes on until it hangs up (RFC 3515 §2.4.5)', async () => {
    const target = await stage().callee('callee-refuses', { address: '127.0.0.3' })
    const [phone, callee] = [
      await stage().phone(),
      await stage().callee('callee-transfers', { words: { refer_to: `<${target.uri}>`, outcome: '486' } }),
    ]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    await obey(phone, call, async referred => (await referred.ended).status)
    await Promise.all([callee.done(), target.done()])
  })

  test('SIPp names a call to be taken over, and our INVITE carries its Replaces (RFC 5589 §7.1, RFC 3891 §4)', async () => {
    const target = await stage().callee('callee-answers', {
      address: '127.0.0.3',
      words: { seen: 'Replaces: 12@atlanta;to-tag=t;from-tag=f' },
    })
    const refer_to = `<${target.uri}?Replaces=12%40atlanta%3Bto-tag%3Dt%3Bfrom-tag%3Df>`
    const [phone, callee] = [await stage().phone(), await stage().callee('callee-transfers', { words: { refer_to, outcome: '200' } })]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    const second = await obey(phone, call, async referred => {
      await referred.next('confirmed')
      return 200
    })
    await callee.done()
    second.hangUp()
    await target.done()
  })

  test('SIPp transfers us and does not want to hear of it (RFC 4488 §4)', async () => {
    const [phone, callee] = [await stage().phone(), await stage().callee('callee-transfers-silently')]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    const { id, request } = await call.next('request')
    const taken = takeRefer(request)
    if ('refusal' in taken) throw new Error(`our side refuses the REFER with ${taken.refusal.status}`)
    const { answer, step } = acceptRefer(taken.offer, performance.now())
    expect(step).toBeUndefined()
    call.respond(id, answer.status, answer)
    expect(await call.ended).toMatchObject({ by: 'them', status: 200 })
    await callee.done()
  })

  test.each([
    ['200 OK', 200],
    ['603 Decline', 603],
  ])('we transfer SIPp, and hear how that goes until %s (RFC 3515 §2.4.4)', async (outcome, status) => {
    const words = { outcome, seen: 'Refer-To: .sip:carol@example.com' }
    const [phone, callee] = [await stage().phone(), await stage().callee('callee-is-transferred', { words })]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    const told = await transfer(call, { referTo: 'sip:carol@example.com' })
    expect(told).toEqual([100, 180, status])
    call.hangUp()
    await callee.done()
  })

  test('we transfer SIPp into another call of ours: Refer-To names it (RFC 5589 §7.1)', async () => {
    const words = { outcome: '200 OK', seen: 'Refer-To: .sip:[^>]*Replaces=c1%3[Bb]to-tag%3[Dd]theirs%3[Bb]from-tag%3[Dd]ours' }
    const [phone, callee] = [await stage().phone(), await stage().callee('callee-is-transferred', { words })]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    const replaces = { callId: 'c1', toTag: 'theirs', fromTag: 'ours', earlyOnly: false }
    expect(await transfer(call, { referTo: 'sip:carol@example.com', replaces, referredBy: 'sip:alice@example.com' })).toEqual([
      100, 180, 200,
    ])
    call.hangUp()
    await callee.done()
  })

  test('a second SIPp takes over the call of the first, who gets BYE (RFC 3891 §3)', async () => {
    const [phone, callee] = [await stage().phone(), await stage().callee('callee-answers', { words: { seen: 'Supported:[^!]*replaces' } })]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    await call.next('confirmed')
    const caller = await stage().caller('caller-replaces', phone, { address: '127.0.0.3', words: { replaces: await replacesOf(callee) } })
    const taking = await nextCall(phone)
    expect(nameIn(taking.offered)).toBe('replacing')
    taking.answer(sdp('ours'))
    await callee.done()
    expect(await call.ended).toMatchObject({ by: 'us' })
    await taking.next('confirmed')
    taking.hangUp()
    await caller.done()
  })

  test('Replaces that names no call meets 481, and 486 when it wants a call that still rings (RFC 3891 §3)', async () => {
    const [phone, callee] = [await stage().phone(), await stage().callee('callee-answers', { words: { seen: 'INVITE' } })]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    await call.next('confirmed')
    for (const [replaces, status] of [
      ['nobody@nowhere;to-tag=a;from-tag=b', '481'],
      [`${await replacesOf(callee)};early-only`, '486'],
    ] as const)
      await (await stage().caller('caller-replaces-nothing', phone, { address: '127.0.0.3', words: { replaces, status } })).done()
    call.hangUp()
    await callee.done()
  })
})

/** The call that this SIPp has with us, as we know it. */
async function replacesOf(callee: Sipp): Promise<string> {
  const { text } = await callee.sent({ status: 200, method: 'INVITE' })
  const tag = (header: string): string => new RegExp(`^${header}:[^\\r]*tag=([^;\\r]+)`, 'm').exec(text)![1]!
  return `${/^Call-ID: *(\S+)/m.exec(text)![1]};to-tag=${tag('From')};from-tag=${tag('To')}`
}

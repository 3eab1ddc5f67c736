/** What a phone does with a REFER, theirs or ours, over a call. RFC 3515 §2.4. */
import type { SipRequest } from '@strowger/sip-parser'
import type { Phone, PhoneCall } from '@strowger/sip-transport'
import {
  acceptRefer,
  answerReferral,
  progressReferral,
  type ReferOffer,
  type ReferWish,
  referAnswered,
  referDraft,
  referNotified,
  type SentRefer,
  sentRefer,
  takeRefer,
} from '@strowger/sip-ua/events'
import { expect } from 'vitest'
import { sdp } from './stage.ts'

/** Does what their REFER asks for, and tells them: `outcome` watches the new call. */
export async function obey(phone: Phone, call: PhoneCall, outcome: (referred: PhoneCall) => Promise<number>): Promise<PhoneCall> {
  const { id, request } = await call.next('request')
  const offer = offerIn(request)
  const { answer, step } = acceptRefer(offer, performance.now())
  call.respond(id, answer.status, answer)
  call.send('NOTIFY', step!.notify)
  const { referral } = answerReferral(step!.referral, performance.now(), (await call.next('response')).status)
  const { target, referredBy } = offer
  const headers: [string, string][] = referredBy === undefined ? [] : [['Referred-By', referredBy]]
  if (target.replaces)
    headers.push(['Replaces', `${target.replaces.callId};to-tag=${target.replaces.toTag};from-tag=${target.replaces.fromTag}`])
  const referred = await phone.call(target.uri, { offer: sdp('ours'), headers })
  call.send('NOTIFY', progressReferral(referral, performance.now(), await outcome(referred)).notify)
  expect(await call.next('response')).toMatchObject({ status: 200 })
  return referred
}

function offerIn(request: SipRequest): ReferOffer {
  const taken = takeRefer(request)
  if ('refusal' in taken) throw new Error(`our side refuses the REFER with ${taken.refusal.status}`)
  return taken.offer
}

/** Transfers them: what they tell of it. */
export async function transfer(call: PhoneCall, wish: ReferWish): Promise<(number | undefined)[]> {
  await call.next('confirmed')
  call.send('REFER', referDraft(wish))
  // The first request in this dialog after the INVITE.
  let refer: SentRefer = sentRefer(performance.now(), 2)
  refer = referAnswered(refer, performance.now(), (await call.next('response')).response)
  const told: (number | undefined)[] = []
  while (refer.state !== 'done') {
    const { id, request } = await call.next('request')
    const { sent, answer } = referNotified(refer, performance.now(), request, { inCall: true })
    expect(answer.status).toBe(200)
    call.respond(id, answer.status, answer)
    refer = sent
    told.push(refer.status)
  }
  return told
}

/** Transfers: REFER and its NOTIFYs inside a call, blind and attended. RFC 3515 §2.4, RFC 5589 §6, §7, RFC 3891. */
import { Replaces } from '@strowger/sip-parser'
import { expect, test } from 'vitest'
import {
  acceptRefer,
  answerReferral,
  progressReferral,
  type Referral,
  type ReferralStep,
  referDraft,
  referNotified,
  type SentRefer,
  sentRefer,
  takeRefer,
} from '../../src/events/index.ts'
import { Net, type Party, type Script, sdp } from './net.ts'

const zeros = (each: readonly number[]): boolean => each.every(value => value === 0)

/** Answers calls, and does what a REFER asks for. */
function obliging(): Script {
  let referral: Referral | undefined
  let [referred, asked] = ['', '']
  const perform = (party: Party, { referral: next, notify }: ReferralStep): void => {
    referral = next
    if (notify !== undefined) party.agent.request(party.now, referred, notify.method, notify)
  }
  return (output, party) => {
    const { agent, now } = party
    if (output.kind === 'incoming') agent.answer(now, output.call, { description: sdp(party.name) })
    if (output.kind === 'response' && referral !== undefined) perform(party, answerReferral(referral, now, output.status))
    if (output.kind === 'answered' && output.call === asked && referral !== undefined) perform(party, progressReferral(referral, now, 200))
    if (output.kind !== 'request' || output.request.method !== 'REFER') return
    const taken = takeRefer(output.request)
    if ('refusal' in taken) return void agent.respond(now, output.call, output.id, taken.refusal.status)
    const { answer, step } = acceptRefer(taken.offer, now)
    agent.respond(now, output.call, output.id, answer.status, answer)
    referred = output.call
    const { uri, headers, replaces } = taken.offer.target
    const lines = headers.map(({ name, value }): [string, string] => [name, value])
    if (replaces !== undefined) lines.push([Replaces.name, Replaces.encode(replaces)])
    asked = agent.invite(now, { from: `sip:${party.name}@${party.name}.test`, to: uri, offer: sdp(party.name), headers: lines })
    if (step !== undefined) perform(party, step)
  }
}

/** Refers, and listens to how it goes. */
function referring(): {
  readonly script: Script
  readonly told: (number | undefined)[]
  refer: (party: Party, call: string, wish: Parameters<typeof referDraft>[0]) => void
} {
  let sent: SentRefer | undefined
  const told: (number | undefined)[] = []
  return {
    told,
    refer: (party, call, wish) => {
      const draft = referDraft(wish)
      party.agent.request(party.now, call, draft.method, draft)
      sent = sentRefer(party.now, party.agent.find(call)!.dialogs[0]!.dialog.localSequence)
    },
    script: (output, party) => {
      if (output.kind !== 'request' || sent === undefined) return
      const { sent: next, answer } = referNotified(sent, party.now, output.request, { inCall: true })
      sent = next
      told.push(next.status)
      party.agent.respond(party.now, output.call, output.id, answer.status, answer)
      if (next.status === 200) party.agent.hangUp(party.now, output.call)
    },
  }
}

test('a blind transfer: REFER, 202, NOTIFY 100, the new call, NOTIFY 200, BYE (RFC 5589 §6.1)', () => {
  const net = new Net()
  const { script, told, refer } = referring()
  const [alice, bob, carol] = [net.party('alice', script), net.party('bob', obliging()), net.party('carol', obliging())] as [
    Party,
    Party,
    Party,
  ]
  const call = net.call(alice, bob)
  net.advance(1000)
  refer(alice, call, { referTo: 'sip:carol@carol.test', referredBy: 'sip:alice@alice.test' })
  net.drain()
  net.advance(5000)
  expect(told).toEqual([100, 200])
  expect(carol.of('confirmed')).toHaveLength(1)
  expect(bob.of('ended').map(({ by }) => by)).toEqual(['them'])
  expect(bob.agent.find(net.names(bob).at(-1)!)?.state).toBe('confirmed')
})

test('an attended transfer: the new call replaces the one of the consultation (RFC 5589 §7.1, RFC 3891 §3)', () => {
  const net = new Net()
  const { script, told, refer } = referring()
  const [alice, bob, carol] = [net.party('alice', script), net.party('bob', obliging()), net.party('carol', obliging())] as [
    Party,
    Party,
    Party,
  ]
  const call = net.call(alice, bob)
  const consultation = net.call(alice, carol)
  net.advance(1000)
  const { callId, localTag, remoteTag } = alice.agent.find(consultation)!.dialogs[0]!.dialog
  refer(alice, call, { referTo: 'sip:carol@carol.test', replaces: { callId, toTag: remoteTag, fromTag: localTag, earlyOnly: false } })
  net.drain()
  net.advance(5000)
  expect(told).toEqual([100, 200])
  expect(carol.of('incoming')[1]?.replaces).toBe(carol.calls[0])
  expect(
    alice
      .of('ended')
      .map(({ call }) => call)
      .sort(),
  ).toEqual([call, consultation].sort())
  for (const party of [bob, carol]) for (const each of net.names(party)) party.agent.hangUp(party.now, each)
  expect(net.leftovers()).toSatisfy(zeros)
})

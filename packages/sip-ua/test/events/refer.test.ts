import { type MessageEdit, parse, parseUri, type SipRequest, utf8, Via } from '@strowger/sip-parser'
import { describe, expect, it } from 'vitest'
import { confirm, type Dialog, dialogAsServer } from '../../src/dialog.ts'
import { answerTo, type Draft, draftIn } from '../../src/events/draft.ts'
import { nextNotifierWake } from '../../src/events/notifier-usage.ts'
import {
  acceptRefer,
  answerReferral,
  progressReferral,
  type Referral,
  refreshReferral,
  takeRefer,
  wakeReferral,
} from '../../src/events/refer-receive.ts'
import { newRefer, referDraft } from '../../src/events/refer-request.ts'
import {
  isAbout,
  referAnswered,
  referNotified,
  type SentRefer,
  sentRefer,
  shiftSentRefer,
  wakeSentRefer,
} from '../../src/events/refer-send.ts'
import { type ReferralEvent, referralTable } from '../../src/events/refer-send-table.ts'
import { referTarget } from '../../src/events/refer-target.ts'
import { lines, request } from '../messages.ts'

const CONTACT = 'Contact: <sip:alice@192.0.2.1>'
const refer = (extra: readonly string[], options: { cseq?: number; to?: string } = {}): SipRequest =>
  request([CONTACT, ...extra], { line: 'REFER sip:bob@example.com', ...options })
const taken = (extra: readonly string[], rules = {}) => takeRefer(refer(extra), rules)
const offerOf = (extra: readonly string[], cseq?: number) => {
  const result = takeRefer(refer(extra, { ...(cseq !== undefined && { cseq }) }))
  if (!('offer' in result)) throw new Error(`refused: ${result.refusal.status}`)
  return result.offer
}
const refusalOf = (extra: readonly string[], rules = {}) => {
  const result = taken(extra, rules)
  return 'refusal' in result ? result.refusal.status : 'accepted'
}
const text = (draft: Draft | undefined) =>
  draft ? [...draft.headers.map(([name, value]) => `${name}: ${value}`), utf8(draft.body!).trim()] : undefined
/** As it arrives at the other side. */
const arrived = (edit: MessageEdit): SipRequest =>
  edit.prepend(Via, { transport: 'UDP', host: '192.0.2.2', branch: 'z9hG4bK1', params: new Map() }).toMessage() as SipRequest

describe('a REFER that comes', () => {
  it('is accepted with 202, and tells 100 Trying at once (RFC 3515 §2.4.4)', () => {
    const { answer, step } = acceptRefer(offerOf(['Refer-To: <sip:carol@example.com>'], 93809823), 0)
    expect(answer).toEqual({ status: 202, headers: [] })
    expect(text(step?.notify)).toEqual(['Event: refer;id=93809823', 'Subscription-State: active;expires=180', 'SIP/2.0 100 Trying'])
  })

  it('tells its outcome last, with terminated;reason=noresource (RFC 3515 §2.4.5, §2.4.7)', () => {
    const first = acceptRefer(offerOf(['Refer-To: <sip:carol@example.com>']), 0).step!
    const ringing = progressReferral(first.referral, 1000, 180)
    expect(ringing.notify).toBeUndefined()
    const second = answerReferral(ringing.referral, 1100, 200)
    expect(text(second.notify)?.slice(1)).toEqual(['Subscription-State: active;expires=179', 'SIP/2.0 180 Ringing'])
    const busy = progressReferral(answerReferral(second.referral, 1200, 200).referral, 2000, 486, 'In a Meeting')
    expect(text(busy.notify)?.slice(1)).toEqual(['Subscription-State: terminated;reason=noresource', 'SIP/2.0 486 In a Meeting'])
    expect(answerReferral(busy.referral, 2100, 200).ended).toBe(true)
    expect(progressReferral(busy.referral, 2200, 200)).toEqual({ referral: busy.referral })
  })

  it('whose outcome comes while a NOTIFY is out tells just that next (RFC 3515 §2.4.5)', () => {
    const first = acceptRefer(offerOf(['Refer-To: <sip:carol@example.com>']), 0).step!
    const done = progressReferral(progressReferral(first.referral, 1, 180).referral, 2, 200)
    expect(text(answerReferral(done.referral, 3, 200).notify)?.at(-1)).toBe('SIP/2.0 200 OK')
  })

  it('needs exactly one Refer-To, and a Contact (RFC 3515 §2.4.2)', () => {
    expect(refusalOf([])).toBe(400)
    expect(refusalOf(['Refer-To: <sip:a@b>', 'r: <sip:c@d>'])).toBe(400)
    expect(refusalOf(['Refer-To: <sip:a@b>, <sip:c@d>'])).toBe(400)
    expect(refusalOf(['Refer-To: :::'])).toBe(400)
    expect('refusal' in takeRefer(request(['Refer-To: <sip:a@b>'], { line: 'REFER sip:bob@example.com' }))).toBe(true)
  })

  it('with Refer-Sub: false makes no subscription, and is told so (RFC 4488 §4)', () => {
    const { answer, step } = acceptRefer(offerOf(['Refer-To: <sip:a@b>', 'Refer-Sub: false', 'Require: norefersub']), 0)
    expect([answer.headers, step]).toEqual([[['Refer-Sub', 'false']], undefined])
    expect(offerOf(['Refer-To: <sip:a@b>', 'Refer-Sub: true']).subscribe).toBe(true)
  })

  it('that cannot be done is refused with status, reason and headers, and nothing else (RFC 3515 §2.4.2)', () => {
    const refusals = ['<http://x>', '<sip:a@b;method=BYE>', '<sip:a@b?Via=x>'].map(to => taken([`Refer-To: ${to}`]))
    expect(refusals).toEqual([
      { refusal: { status: 416, headers: [] } },
      { refusal: { status: 405, headers: [] } },
      { refusal: { status: 403, reason: 'Dangerous Refer-To', headers: [] } },
    ])
  })

  it('that requires what we cannot do gets 420 (RFC 3261 §8.2.2.3)', () => {
    expect(taken(['Refer-To: <sip:a@b>', 'Require: norefersub, multiple-refer'])).toEqual({
      refusal: { status: 420, headers: [['Unsupported', 'multiple-refer']] },
    })
    expect(refusalOf(['Refer-To: <sip:a@b>', 'Require: replaces'], { supported: ['replaces'] })).toBe('accepted')
    expect(refusalOf(['Refer-To: <sip:a@b>', 'Require: NoReferSub, Replaces'], { supported: ['replaces'] })).toBe('accepted')
  })

  it('keeps Referred-By for the request it leads to (RFC 3892 §2.2)', () => {
    expect(offerOf(['Refer-To: <sip:a@b>', 'b: "Bob" <sip:bob@example.com>;cid="1@x"']).referredBy).toBe(
      '"Bob" <sip:bob@example.com>;cid="1@x"',
    )
  })

  it('may be heard longer, or no longer, by SUBSCRIBE in its dialog (RFC 3515 §2.4.4)', () => {
    const first = acceptRefer(offerOf(['Refer-To: <sip:a@b>']), 0).step!
    const quiet = answerReferral(first.referral, 1, 200).referral
    const subscribe = (event: string, expires: number) =>
      refreshReferral(
        quiet,
        10_000,
        request([CONTACT, `Event: ${event}`, `Expires: ${expires}`], { line: 'SUBSCRIBE sip:bob@example.com' }),
      )
    expect(subscribe('refer;id=314159', 9999)).toMatchObject({ answer: { status: 200, headers: [['Expires', '180']] } })
    expect(text(subscribe('refer;id=314159', 0).step?.notify)?.[1]).toBe('Subscription-State: terminated;reason=timeout')
    expect(subscribe('refer;id=7', 60).answer.status).toBe(481)
  })

  it('that nobody hears of any more is forgotten: 481 to its NOTIFY, or no time left (RFC 6665 §4.2.2)', () => {
    const first = acceptRefer(offerOf(['Refer-To: <sip:a@b>']), 0).step!
    expect(answerReferral(first.referral, 1, 481).ended).toBe(true)
    const quiet = answerReferral(first.referral, 1, 200).referral
    const last = wakeReferral(quiet, nextNotifierWake(quiet.usage))
    expect(text(last.notify)?.[1]).toBe('Subscription-State: terminated;reason=timeout')
  })
})

describe('what a Refer-To may ask for', () => {
  const target = (uri: string, methods?: readonly string[]) => referTarget({ uri: parseUri(uri)!, params: new Map() }, methods)

  it('an INVITE that takes over a call: attended transfer (RFC 3891 §6.1, RFC 5589 §7.1)', () => {
    expect(target('sip:carol@192.0.2.3?Replaces=abc%40192.0.2.3%3Bto-tag%3D7%3Bfrom-tag%3D8&Require=replaces')).toEqual({
      kind: 'target',
      target: {
        method: 'INVITE',
        uri: 'sip:carol@192.0.2.3',
        replaces: { callId: 'abc@192.0.2.3', toTag: '7', fromTag: '8', earlyOnly: false },
        headers: [{ name: 'Require', value: 'replaces' }],
        ignored: [],
      },
    })
    for (const bad of ['sip:a@b?Replaces=abc', 'sip:a@b;method=BYE?Replaces=abc%3Bto-tag%3D7%3Bfrom-tag%3D8'])
      expect(target(bad, ['INVITE', 'BYE'])).toMatchObject({ kind: 'refuse', status: 400 })
  })

  it('nothing that forges who we are or which way it goes (RFC 3261 §19.1.5)', () => {
    for (const name of [
      'From',
      'f',
      'Call-ID',
      'CSeq',
      'Via',
      'Route',
      'Record-Route',
      'Max-Forwards',
      'P-Asserted-Identity',
      'Authorization',
      'Identity',
    ])
      expect([name, target(`sip:a@b?${name}=x`)]).toMatchObject([name, { kind: 'refuse', status: 403 }])
  })

  it('no body and no claims about what we can: those are left out (RFC 3261 §19.1.5)', () => {
    const verdict = target('sip:a@b?Accept=x&Contact=y&Supported=z&body=hello&Subject=Hi%20there&X-Any=1')
    expect(verdict).toMatchObject({
      target: { headers: [{ name: 'Subject', value: 'Hi there' }], ignored: ['accept', 'contact', 'supported', 'body', 'x-any'] },
    })
  })

  it('no header that holds a line end (RFC 3261 §7.3.1)', () => {
    expect(target('sip:a@b?Subject=a%0D%0AEvil:%201')).toMatchObject({ target: { headers: [], ignored: ['subject'] } })
    expect(target('sip:a@b?Replaces=abc%3Bto-tag%3D7%3Bfrom-tag%3D8%0D%0AEvil:%201')).toMatchObject({ kind: 'refuse', status: 400 })
  })

  it('only a method that is allowed, only a scheme that can be called (RFC 3515 §2.4.2)', () => {
    expect(target('sip:a@b;method=BYE')).toMatchObject({ status: 405 })
    expect(target('sip:a@b;method=MESSAGE', ['MESSAGE'])).toMatchObject({ target: { method: 'MESSAGE', uri: 'sip:a@b' } })
    expect(target('http://example.com/')).toMatchObject({ status: 416 })
    expect(target('tel:+4930123456')).toMatchObject({ target: { uri: 'tel:+4930123456' } })
  })
})

describe('a REFER of ours', () => {
  const notify = (
    state: string,
    body: string,
    { event = 'refer;id=7', cseq = 1, from = ';tag=r', type = 'message/sipfrag;version=2.0' } = {},
  ): SipRequest =>
    request([CONTACT, `Event: ${event}`, `Subscription-State: ${state}`, ...(body ? [`Content-Type: ${type}`] : [])], {
      line: 'NOTIFY sip:alice@192.0.2.1',
      cseq,
      from,
      to: ';tag=a1',
      body,
    })
  const hear = (sent: SentRefer, ...told: SipRequest[]): [SentRefer, number[]] => {
    const answers: number[] = []
    for (const each of told) {
      const result = referNotified(sent, 1000, each)
      sent = result.sent
      answers.push(result.answer.status)
    }
    return [sent, answers]
  }

  it('names whom to call, the call to take over and who refers (RFC 3515 §2.1, RFC 5589 §7.1, RFC 3892 §2.1)', () => {
    const replaces = { callId: 'x@y', toTag: '1', fromTag: '2', earlyOnly: false }
    const { headers } = referDraft({ referTo: 'sip:carol@example.com', replaces, referredBy: 'sip:alice@example.com', subscribe: false })
    expect(headers.map(([name, value]) => `${name}: ${value}`)).toEqual([
      'Refer-To: <sip:carol@example.com?Replaces=x%40y%3Bto-tag%3D1%3Bfrom-tag%3D2>',
      'Referred-By: <sip:alice@example.com>',
      'Refer-Sub: false',
      'Require: norefersub',
      'Supported: norefersub',
    ])
    expect(() => referDraft({ referTo: 'nonsense' })).toThrow(TypeError)
  })

  it('is followed to its outcome (RFC 3515 §2.4.5)', () => {
    const sent = referAnswered(sentRefer(0, 7), 10, 202)
    const [after, answers] = hear(
      sent,
      notify('active;expires=60', 'SIP/2.0 100 Trying', { cseq: 1 }),
      notify('active;expires=60', 'SIP/2.0 180 Ringing', { cseq: 2 }),
      notify('terminated;reason=noresource', 'SIP/2.0 200 OK', { cseq: 3 }),
    )
    expect([after.state, after.status, after.overAt, answers]).toEqual(['done', 200, undefined, [200, 200, 200]])
  })

  it('may hear of it before the answer comes (RFC 3515 §2.4.4)', () => {
    const [heard] = hear(sentRefer(0, 7), notify('active', 'SIP/2.0 100 Trying'))
    expect(referAnswered(heard, 2000, 202)).toMatchObject({ state: 'hearing', status: 100 })
  })

  it('takes 200 like 202, and Refer-Sub: false for its word (RFC 7647 §3, RFC 4488 §4)', () => {
    expect(referAnswered(sentRefer(0, 7), 1, 200).state).toBe('accepted')
    const silent = answerTo(
      refer(['Refer-To: <sip:a@b>']),
      { status: 202, headers: [['Refer-Sub', 'false']] },
      { toTag: 'x', contact: 'sip:b@c' },
    )
    const response = parse(silent.toBytes())
    if (response.kind !== 'response') throw new Error('not a response')
    expect(referAnswered(sentRefer(0, 7), 1, response)).toEqual({ state: 'silent', id: '7' })
  })

  it('is over when refused, or when nobody answers or tells (RFC 3515 §2.4.3, RFC 6665 §4.1.2.4)', () => {
    expect(referAnswered(sentRefer(0, 7), 1, 603)).toEqual({ state: 'refused', id: '7', status: 603 })
    expect(referAnswered(sentRefer(0, 7), 1, undefined).status).toBe(408)
    expect(wakeSentRefer(referAnswered(sentRefer(0, 7), 10, 202), 32_010).state).toBe('unknown')
    expect(hear(sentRefer(0, 7), notify('terminated;reason=timeout', ''))[0].state).toBe('unknown')
  })

  it('answers what is not about it with 481, what is old with 500, what is no fragment with 415 or 400 (RFC 3515 §2.4.5, §2.4.6)', () => {
    const [sent] = hear(sentRefer(0, 7), notify('active', 'SIP/2.0 100 Trying', { cseq: 5 }))
    const refused = [
      notify('active', 'SIP/2.0 180 Ringing', { event: 'refer;id=8', cseq: 6 }),
      notify('active', 'SIP/2.0 180 Ringing', { from: ';tag=other', cseq: 6 }),
      notify('active', 'SIP/2.0 180 Ringing', { cseq: 4 }),
      notify('active', '<xml/>', { type: 'text/xml', cseq: 6 }),
      notify('active', 'hello', { cseq: 6 }),
    ]
    expect(hear(sent, ...refused)).toEqual([sent, [481, 481, 500, 415, 400]])
    expect(isAbout(sent, notify('active', 'SIP/2.0 100', { event: 'refer' }))).toBe(true)
  })

  it('goes on elsewhere with what was left of its time', () => {
    expect(shiftSentRefer(shiftSentRefer(sentRefer(1000, 7), -1000), 50_000).overAt).toBe(82_000)
  })

  it('has these states, and ignores the rest (RFC 3515 §2.4)', () => {
    const events: ReferralEvent[] = ['accepted', 'accepted silently', 'refused', 'progress', 'outcome', 'ended', 'over']
    const rows = Object.entries(referralTable).map(([state, row]) => `${state}: ${events.map(event => row[event] ?? '-').join(' ')}`)
    expect(rows).toEqual([
      'asked: accepted silent refused hearing done unknown unknown',
      'accepted: - - - hearing done unknown unknown',
      'hearing: hearing - hearing hearing done unknown unknown',
      'done: - - - - - - -',
      'silent: - - - - - - -',
      'refused: - - - - - - -',
      'unknown: - - - - - - -',
    ])
  })
})

describe('a transfer outside any dialog', () => {
  it('is asked, told and done between two user agents (RFC 7647 §4, RFC 3515 §4.1)', () => {
    let token = 0
    const sentRequest = arrived(
      newRefer(
        { referTo: 'sip:carol@example.com' },
        { to: 'sip:bob@example.com', from: 'sip:alice@example.com', contact: 'sip:alice@192.0.2.1', token: () => `t${++token}` },
      ),
    )
    let sent = sentRefer(0, 1)
    const received = takeRefer(sentRequest)
    if (!('offer' in received)) throw new Error('refused')
    const { answer, step } = acceptRefer(received.offer, 0)
    const response = answerTo(sentRequest, answer, { toTag: 'bob', contact: 'sip:bob@192.0.2.2' })
    expect(lines(response)).toContain('Contact: <sip:bob@192.0.2.2>')
    let dialog: Dialog = confirm(dialogAsServer(sentRequest, 'bob', 'sip:bob@192.0.2.2')!)
    let referral: Referral = step!.referral
    const deliver = (draft: Draft | undefined): void => {
      if (!draft) return
      const written = draftIn(dialog, draft)
      dialog = written.dialog
      const heard = referNotified(sent, 0, arrived(written.edit))
      sent = heard.sent
      const next = answerReferral(referral, 0, heard.answer.status)
      referral = next.referral
      deliver(next.notify)
    }
    deliver(step!.notify)
    expect(sent).toMatchObject({ state: 'hearing', status: 100 })
    for (const status of [180, 200]) {
      const next = progressReferral(referral, 0, status)
      referral = next.referral
      deliver(next.notify)
    }
    expect([sent.state, sent.status, referral.usage.state]).toEqual(['done', 200, 'ended'])
  })
})

import { responseTo, utf8, utf8Bytes, Via } from '@strowger/sip-parser'
import { describe, expect, it } from 'vitest'
import { infoDraft, packagesOf, recvInfo, takeInfo } from '../../src/events/info.ts'
import { bareAnswer, newMessage, readMessage } from '../../src/events/message.ts'
import { lines, request, response } from '../messages.ts'

const message = (extra: readonly string[], body = '') => request(extra, { line: 'MESSAGE sip:bob@example.com', body })
const info = (extra: readonly string[], body = '') => request(extra, { line: 'INFO sip:bob@example.com', body })
const draft = (size: number) => ({
  to: 'sip:bob@example.com',
  from: 'sip:alice@example.com',
  contentType: 'text/plain',
  body: utf8Bytes('x'.repeat(size)),
})

describe('a MESSAGE', () => {
  it('stands on its own: no Contact, a new Call-ID (RFC 3428 §4)', () => {
    const edit = newMessage({ ...draft(5), expiresSeconds: 60 }, () => 'tok')
    expect(lines(edit!)).toEqual([
      'MESSAGE sip:bob@example.com SIP/2.0',
      'From: <sip:alice@example.com>;tag=tok',
      'To: <sip:bob@example.com>',
      'Call-ID: tok',
      'CSeq: 1 MESSAGE',
      'Max-Forwards: 70',
      'Content-Type: text/plain',
      'Expires: 60',
      'Content-Length: 5',
      'xxxxx',
    ])
  })

  it('is at most 1300 bytes unless the whole way is congestion-safe (RFC 3428 §8)', () => {
    expect(newMessage(draft(1300), () => 'tok')).toBeUndefined()
    expect(newMessage(draft(5000), () => 'tok', { anySize: true })).toBeDefined()
    const largest = Array.from({ length: 1300 }, (_, size) => newMessage(draft(size), () => 'tok')).findLast(edit => edit !== undefined)!
    const sent = largest.prepend(Via, {
      transport: 'UDP',
      host: '2001:db8:1234:5678:9abc:def0:1234:5678',
      port: 65_535,
      branch: `z9hG4bK${'f'.repeat(32)}`,
      rport: true,
      params: new Map(),
    })
    expect(sent.toBytes().length).toBeLessThanOrEqual(1300)
  })

  it('is read, or refused for a body nobody here can show (RFC 3428 §7, RFC 3261 §21.4.13)', () => {
    expect(readMessage(message(['Content-Type: text/plain;charset=utf-8', 'Expires: 5'], 'hi'), ['text/*'])).toMatchObject({
      kind: 'message',
      contentType: 'text/plain',
      expiresSeconds: 5,
    })
    expect(readMessage(message(['Content-Type: text/html'], 'hi'), ['text/plain'])).toMatchObject({ kind: 'refuse', status: 415 })
    expect(readMessage(message([], 'hi'), ['*/*'])).toMatchObject({ kind: 'refuse', status: 400 })
    expect(readMessage(message(['Content-Type: nonsense'], 'hi'), ['*/*'])).toMatchObject({ kind: 'refuse', status: 400 })
    expect(readMessage(message([]), ['text/plain'])).toMatchObject({ kind: 'message', contentType: 'text/plain' })
  })

  it('is answered without Contact and body (RFC 3428 §7)', () => {
    const answer = bareAnswer(
      responseTo(message([]), 200, { toTag: 'x' }).raw('Contact', '<sip:bob@b>').body('text/plain', utf8Bytes('hi')),
    )
    expect(lines(answer).filter(each => /^(Contact|Content-Type)/.test(each))).toEqual([])
  })
})

describe('an INFO', () => {
  const rules = { packages: ['Example-Dtmf'], legacy: ['application/dtmf-relay', 'application/dtmf'] }

  it('of a package we named is taken, in any case (RFC 6086 §4.2.2, §7.2.2)', () => {
    const { news, answer } = takeInfo(
      info(['Info-Package: example-dtmf', 'Content-Type: text/plain', 'Content-Disposition: Info-Package'], '5'),
      rules,
    )
    expect([news?.info, utf8(news!.body), answer.status]).toEqual(['example-dtmf', '5', 200])
  })

  it('of another package gets 469 with those we take (RFC 6086 §4.2.2)', () => {
    expect(takeInfo(info(['Info-Package: other']), rules)).toEqual({
      answer: { status: 469, reason: 'Bad Info Package', headers: [['Recv-Info', 'Example-Dtmf']] },
    })
  })

  it('of the old kind is told by its type, and an empty one is taken (RFC 2976 §2.2, RFC 6086 §4.2.2)', () => {
    const old = takeInfo(info(['Content-Type: application/dtmf-relay'], 'Signal=5\r\nDuration=160'), rules)
    expect([old.news?.info, old.news?.contentType, old.answer.status]).toEqual([undefined, 'application/dtmf-relay', 200])
    expect(takeInfo(info([]), rules).answer.status).toBe(200)
    expect(takeInfo(info(['Content-Type: text/html'], 'x'), rules).answer).toEqual({
      status: 415,
      headers: [
        ['Accept', 'application/dtmf-relay'],
        ['Accept', 'application/dtmf'],
      ],
    })
  })

  it('that is broken gets 400 (RFC 3261 §21.4.1)', () => {
    expect([takeInfo(info([], 'x'), rules).answer.status, takeInfo(info(['Info-Package: a b']), rules).answer.status]).toEqual([400, 400])
  })

  it('is sent only of a package they named (RFC 6086 §4.2.1)', () => {
    const theirs = packagesOf(response(200, 'b', ['Recv-Info: Example-Dtmf, foo;x=1']))
    expect(theirs).toEqual(['example-dtmf', 'foo'])
    const body = utf8Bytes('5')
    expect(infoDraft({ info: 'foo', contentType: 'text/plain', body }, theirs)).toEqual({
      method: 'INFO',
      headers: [
        ['Info-Package', 'foo'],
        ['Content-Disposition', 'Info-Package'],
      ],
      contentType: 'text/plain',
      body,
    })
    expect(() => infoDraft({ info: 'bar', body }, theirs)).toThrow(TypeError)
    expect(infoDraft({ contentType: 'application/dtmf', body }).headers).toEqual([])
  })

  it('no packages at all is said with an empty Recv-Info, nothing with none (RFC 6086 §5.2.1)', () => {
    expect(recvInfo([])).toEqual([['Recv-Info', '']])
    expect(packagesOf(response(200, 'b', ['Recv-Info: ']))).toEqual([])
    expect(packagesOf(response(200, 'b'))).toBeUndefined()
  })
})

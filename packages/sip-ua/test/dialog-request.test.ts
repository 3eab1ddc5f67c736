import { formatUri, type SipRequest, Via } from '@strowger/sip-parser'
import { describe, expect, it } from 'vitest'
import type { Dialog } from '../src/dialog.ts'
import { ackFor2xx, credentialsIn, hopUriOf, requestIn } from '../src/dialog-request.ts'
import { lines, request } from './messages.ts'

const dialog: Dialog = {
  callId: 'c1',
  localTag: 'a1',
  remoteTag: 'b1',
  localUri: 'sip:alice@example.com',
  remoteUri: 'sip:bob@example.com',
  remoteTarget: 'sip:bob@192.0.2.4',
  localTarget: 'sip:alice@192.0.2.1',
  routeSet: [],
  localSequence: 7,
  secure: false,
  state: 'confirmed',
}
const sent = (routeSet: readonly string[], method = 'BYE') => lines(requestIn({ ...dialog, routeSet }, method).edit)
const routesOf = (message: readonly string[]) =>
  message
    .filter(line => line.startsWith('Route:'))
    .join(', ')
    .replaceAll('Route: ', '')

describe('a request inside a dialog', () => {
  it('goes straight to the target without a route set (RFC 3261 §12.2.1.1)', () => {
    const bye = sent([])
    expect(bye[0]).toBe('BYE sip:bob@192.0.2.4 SIP/2.0')
    expect(routesOf(bye)).toBe('')
    expect(bye).toEqual(
      expect.arrayContaining([
        'From: <sip:alice@example.com>;tag=a1',
        'To: <sip:bob@example.com>;tag=b1',
        'Call-ID: c1',
        'CSeq: 8 BYE',
        'Max-Forwards: 70',
      ]),
    )
  })

  it('names the target and visits loose routers in order (RFC 3261 §12.2.1.1)', () => {
    const bye = sent(['sip:p1.example.com;lr', 'sip:p2.example.com;lr'])
    expect(bye[0]).toBe('BYE sip:bob@192.0.2.4 SIP/2.0')
    expect(routesOf(bye)).toBe('<sip:p1.example.com;lr>, <sip:p2.example.com;lr>')
  })

  it('names a strict router and puts the target last (RFC 3261 §12.2.1.1)', () => {
    const bye = sent(['sip:proxy1;method=INVITE', 'sip:proxy2', 'sip:proxy3;lr'])
    expect(bye[0]).toBe('BYE sip:proxy1 SIP/2.0')
    expect(routesOf(bye)).toBe('<sip:proxy2>, <sip:proxy3;lr>, <sip:bob@192.0.2.4>')
  })

  it('counts up by one and leaves the dialog it came from alone (RFC 3261 §12.2.1.1)', () => {
    const first = requestIn(dialog, 'INFO')
    const second = requestIn(first.dialog, 'BYE')
    expect([dialog, first.dialog, second.dialog].map(each => each.localSequence)).toEqual([7, 8, 9])
    expect(lines(second.edit)).toContain('CSeq: 9 BYE')
  })

  it('carries our Contact when it refreshes the target, else not (RFC 3261 §8.1.1.8)', () => {
    expect(sent([], 'INVITE')).toContain('Contact: <sip:alice@192.0.2.1>')
    expect(sent([], 'BYE').some(line => line.startsWith('Contact'))).toBe(false)
  })

  it('has no To tag when the peer has none (RFC 3261 §12.2.1.1)', () => {
    expect(lines(requestIn({ ...dialog, remoteTag: '' }, 'BYE').edit)).toContain('To: <sip:bob@example.com>')
  })

  it("is never an ACK or CANCEL, which is the caller's mistake (RFC 3261 §12.2.1.1)", () => {
    for (const method of ['ACK', 'CANCEL']) expect(() => requestIn(dialog, method)).toThrow(TypeError)
  })

  it('is first sent to the first route, strict or loose, or to the target (RFC 3261 §8.1.2)', () => {
    const hop = (routeSet: readonly string[]) => formatUri(hopUriOf({ ...dialog, routeSet }))
    expect([hop([]), hop(['sip:p1;lr', 'sip:p2;lr']), hop(['sip:p1', 'sip:p2;lr'])]).toEqual(['sip:bob@192.0.2.4', 'sip:p1;lr', 'sip:p1'])
  })
})

describe('the ACK of a 2xx', () => {
  const via = { transport: 'UDP', host: '192.0.2.1', branch: 'z9hG4bK1', params: new Map() }
  const invite = request(['Authorization: Digest username="alice", realm="a"', 'Proxy-Authorization: Digest username="alice", realm="b"'])

  it('has the number of the INVITE and follows the route set (RFC 3261 §13.2.2.4)', () => {
    const ack = lines(ackFor2xx({ ...dialog, routeSet: ['sip:p1.example.com;lr'] }, 5))
    expect(ack[0]).toBe('ACK sip:bob@192.0.2.4 SIP/2.0')
    expect(ack).toEqual(expect.arrayContaining(['CSeq: 5 ACK', 'Route: <sip:p1.example.com;lr>', 'To: <sip:bob@example.com>;tag=b1']))
  })

  it('has the credentials of the INVITE, since it cannot be challenged (RFC 3261 §22.1)', () => {
    const ack = ackFor2xx(dialog, 5, credentialsIn(invite)).prepend(Via, via).toMessage() as SipRequest
    expect(credentialsIn(ack)).toEqual(credentialsIn(invite))
    expect(credentialsIn(ack).proxyAuthorization[0]?.params.get('realm')).toBe('b')
  })
})

/** Where the messages of a call go, and what may move that. RFC 3261 §12.2, §13.2.2.4. */
import { parseUri, type SipRequest, Via } from '@strowger/sip-parser'
import { expect, test } from 'vitest'
import { Net, type Party, type Script, sdp } from './net.ts'

const answers: Script = (output, { agent, now }) => {
  if (output.kind === 'incoming') agent.answer(now, output.call, { description: sdp('bob') })
  if (output.kind === 'offer') agent.answerOffer(now, output.call, sdp('bob again'))
}
const requests = (net: Net, method: string): SipRequest[] =>
  net.sent.flatMap(({ message }) => (message.kind === 'request' && message.method === method ? [message] : []))

/** A call that is up; `inject` gives alice a request that bob's phone might have sent in it. */
function talking(): { net: Net; alice: Party; bob: Party; call: string; inject: (method: string, contact: string, body?: string) => void } {
  const net = new Net()
  const alice = net.party('alice', answers)
  const bob = net.party('bob', answers)
  const call = net.call(alice, bob)
  net.advance(1000)
  const { callId, localTag, remoteTag } = alice.agent.find(call)!.dialogs[0]!.dialog
  let sequence = 100
  const inject = (method: string, contact: string, body = ''): void => {
    const lines = [
      `${method} sip:alice@192.0.2.1 SIP/2.0`,
      `Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK-in${++sequence}`,
      'Max-Forwards: 70',
      `From: <sip:bob@bob.test>;tag=${remoteTag}`,
      `To: <sip:alice@alice.test>;tag=${localTag}`,
      `Call-ID: ${callId}`,
      `CSeq: ${sequence} ${method}`,
      `Contact: <${contact}>`,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
    ]
    net.inject(alice, `${lines.join('\r\n')}\r\n\r\n${body}`, '192.0.2.2')
  }
  return { net, alice, bob, call, inject }
}

test('the ACK of a 2xx has a branch of its own and goes to the Contact of the 2xx (RFC 3261 §13.2.2.4, §17.1.1.3)', () => {
  const { net } = talking()
  const [invite] = requests(net, 'INVITE')
  const [ack] = requests(net, 'ACK')
  expect(ack?.headers.get(Via)?.branch).toMatch(/^z9hG4bK/)
  expect(ack?.headers.get(Via)?.branch).not.toBe(invite?.headers.get(Via)?.branch)
  expect(ack?.uri).toEqual(parseUri('sip:bob@192.0.2.2:5060'))
})

test('re-INVITE and UPDATE move the target of a call, and no other request does (RFC 3261 §12.2.2, RFC 3311 §5.1)', () => {
  const { net, alice, call, inject } = talking()
  const target = (): string | undefined => alice.agent.find(call)?.dialogs[0]?.dialog.remoteTarget
  const before = target()
  for (const method of ['INFO', 'OPTIONS', 'MESSAGE']) inject(method, 'sip:thief@192.0.2.66')
  expect(target()).toBe(before)
  inject('UPDATE', 'sip:bob@192.0.2.3')
  expect(target()).toBe('sip:bob@192.0.2.3')
  inject('INVITE', 'sip:bob@192.0.2.4', 'v=0\r\ns=moved\r\n')
  net.advance(100)
  expect(target()).toBe('sip:bob@192.0.2.4')
})

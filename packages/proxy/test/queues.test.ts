/** Every queue of a proxy has an end: what does not fit is refused or left to be sent again, and counted. */
import { responseTo, type SipRequest } from '@strowger/sip-parser'
import { expect, test } from 'vitest'
import { DialogQueue } from '../src/core/dialog-queue.ts'
import { MOST_WAITS } from '../src/core/on-request.ts'
import { usersProxy } from '../src/users-proxy.ts'
import { callBob, SDP, send } from './appserver.ts'
import { ScriptedPhone } from './phone.ts'
import { ProxyBench, phoneAt, summary } from './proxy-bench.ts'

/** Bob's phone is registered. */
function benchWithBob(): { bench: ProxyBench; bob: ScriptedPhone } {
  const bench = new ProxyBench(usersProxy)
  const bob = new ScriptedPhone(bench, 'bob', { hop: phoneAt(5090) })
  bob.register()
  bench.take()
  return { bench, bob }
}

test('behind a relay command 32 messages of a dialog wait; what is sent again anyway is dropped and counted, a final response never', () => {
  const queue = new DialogQueue()
  const output = { kind: 'terminated' } as never
  queue.begin('c')
  for (let i = 0; i < 40; i++) queue.hold('c', output, false)
  expect([queue.size, queue.dropped]).toEqual([32, 8])
  expect(queue.hold('c', output, true)).toBe(true)
  expect([queue.end('c').length, queue.size, queue.dropped]).toEqual([33, 0, 8])
})

test('while too many calls wait for the relay a new one gets 503, and those that wait go on', () => {
  const { bench } = benchWithBob()
  bench.relay = undefined
  for (let i = 0; i < MOST_WAITS; i++) send(bench, callBob(bench, { callId: `call-${i}` }))
  bench.take()
  expect(bench.proxy.counts().waits).toBe(MOST_WAITS)
  send(bench, callBob(bench, { callId: 'one-too-many' }))
  expect(bench.takeOne().message).toMatchObject({ status: 503 })
  expect(bench.proxy.dropped()).toEqual({ held: 0, waits: 1 })
  bench.answerMedia(Buffer.from(SDP))
  expect(bench.take().map(({ message }) => summary(message))).toEqual(['INVITE'])
  send(bench, callBob(bench, { callId: 'one-more' }))
  expect(bench.proxy.counts().waits).toBe(MOST_WAITS)
})

test('a callee that sends ever other descriptions makes the relay work, not our memory grow', () => {
  const { bench, bob } = benchWithBob()
  send(bench, callBob(bench))
  const invite = bench.take().find(({ message }) => message.kind === 'request')!.message as SipRequest
  const asked = bench.media.length
  const progress = (i: number): void => {
    const early = responseTo(invite, 183, { recordRoute: true, toTag: 'bt' }).raw('Contact', '<sip:bob@127.0.0.9:5090>')
    bench.deliver(early.body('application/sdp', Buffer.from(`${SDP}\r\na=x:${i}\r\n`)).toBytes(), bob.hop)
  }
  for (let i = 0; i < 20; i++) progress(i)
  expect(bench.media.length - asked).toBe(20)
  progress(0)
  expect(bench.media.length - asked).toBe(20)
  progress(19)
  expect(bench.media.length - asked).toBe(21)
})

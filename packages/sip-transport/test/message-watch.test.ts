import { expect, test } from 'vitest'
import { MessageWatch, type TapEvent } from '../src/index.ts'

const hop = { transport: 'UDP', local: { address: '127.0.0.1', port: 5060 }, remote: { address: '127.0.0.1', port: 6060 } } as const
const text = (lines: readonly string[]): Uint8Array => new TextEncoder().encode([...lines, '', ''].join('\r\n'))
const common = ['Via: SIP/2.0/UDP h;branch=z9hG4bK1', 'From: <sip:a@h>;tag=1', 'To: <sip:b@h>', 'Call-ID: c1']
const invite = text(['INVITE sip:102@h SIP/2.0', ...common, 'CSeq: 4 INVITE', 'Max-Forwards: 70', 'X-Call: K'])
const ringing = text(['SIP/2.0 180 Ringing', ...common, 'CSeq: 4 INVITE'])

/** `at` moves its clock. */
function watching(): { watch: MessageWatch; at(now: number): MessageWatch } {
  let now = 0
  const watch = new MessageWatch({
    callOf: request => request.headers.raw('X-Call')[0],
    wall: () => Math.floor(1_000_000.75 + now),
    clock: () => now,
  })
  const at = (time: number): MessageWatch => {
    now = time
    return watch
  }
  return { watch, at }
}

const seen = (bytes: Uint8Array, time: number, direction: 'in' | 'out' = 'in'): TapEvent => ({ bytes, time, direction, hop })

test('nothing is kept before somebody looks on, and after they have gone', () => {
  const { at } = watching()
  at(5).tap(seen(invite, 5))
  expect(at(10).after(0)).toEqual({ last: 0, messages: [] })
  at(20_000).tap(seen(invite, 20_000))
  expect(at(20_001).after(0)).toEqual({ last: 0, messages: [] })
})

test('messages come oldest first, once each, with the call that a request names', () => {
  const { watch, at } = watching()
  at(10).after(0)
  at(11).tap(seen(invite, 11))
  at(12.5).tap(seen(ringing, 12.5, 'out'))
  const { last, messages } = at(13).after(0)
  expect(messages).toMatchObject([
    { number: 1, direction: 'in', method: 'INVITE', to: '102', cseq: 4, callId: 'c1', call: 'K', local: '127.0.0.1:5060', hasBody: false },
    { number: 2, direction: 'out', method: 'INVITE', status: 180, reason: 'Ringing', remote: '127.0.0.1:6060' },
  ])
  expect(watch.after(last)).toEqual({ last: 2, messages: [] })
})

test('times are exact to less than the millisecond of the clock on the wall, once it has been read often enough', () => {
  const { at } = watching()
  for (let time = 0; time < 5; time += 0.25) at(time).after(0)
  at(7.1).tap(seen(invite, 6))
  expect(at(9).after(0).messages[0]!.wall).toBeCloseTo(1_000_007.85, 6)
})

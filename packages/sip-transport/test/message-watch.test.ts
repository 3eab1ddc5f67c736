import { expect, test } from 'vitest'
import { MessageWatch, type TapEvent } from '../src/index.ts'

const hop = { transport: 'UDP', local: { address: '127.0.0.1', port: 5060 }, remote: { address: '127.0.0.1', port: 6060 } } as const
const text = (lines: readonly string[]): Uint8Array => new TextEncoder().encode([...lines, '', ''].join('\r\n'))
const common = ['Via: SIP/2.0/UDP h;branch=z9hG4bK1', 'From: <sip:a@h>;tag=1', 'To: <sip:b@h>', 'Call-ID: c1']
const invite = text(['INVITE sip:102@h SIP/2.0', ...common, 'CSeq: 4 INVITE', 'Max-Forwards: 70', 'X-Call: K'])
const ringing = text(['SIP/2.0 180 Ringing', ...common, 'CSeq: 4 INVITE'])

function watching(): MessageWatch {
  return new MessageWatch({ callOf: request => request.headers.raw('X-Call')[0], wall: () => 1_000_000 })
}

const seen = (bytes: Uint8Array, time: number, direction: 'in' | 'out' = 'in'): TapEvent => ({ bytes, time, direction, hop })

test('nothing is kept before somebody looks on, and after they have gone', () => {
  const watch = watching()
  watch.tap(seen(invite, 5))
  expect(watch.after(0, 10)).toEqual({ last: 0, messages: [] })
  watch.tap(seen(invite, 20_000))
  expect(watch.after(0, 20_001)).toEqual({ last: 0, messages: [] })
})

test('messages come oldest first, once each, with the call that a request names', () => {
  const watch = watching()
  watch.after(0, 10)
  watch.tap(seen(invite, 11))
  watch.tap(seen(ringing, 12.5, 'out'))
  const { last, messages } = watch.after(0, 13)
  expect(messages).toMatchObject([
    { number: 1, direction: 'in', method: 'INVITE', to: '102', cseq: 4, callId: 'c1', call: 'K', local: '127.0.0.1:5060', hasBody: false },
    { number: 2, direction: 'out', method: 'INVITE', status: 180, reason: 'Ringing', remote: '127.0.0.1:6060' },
  ])
  expect(messages[1]!.wall - messages[0]!.wall).toBeCloseTo(1.5)
  expect(watch.after(last, 14)).toEqual({ last: 2, messages: [] })
})

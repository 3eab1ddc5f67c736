import { expect, test } from 'vitest'
import { MessageWatch, Taps } from '../src/index.ts'

const hop = { transport: 'UDP', local: { address: '127.0.0.1', port: 5060 }, remote: { address: '127.0.0.1', port: 6060 } } as const
const text = (lines: readonly string[]): Uint8Array => new TextEncoder().encode([...lines, '', ''].join('\r\n'))
const common = ['Via: SIP/2.0/UDP h;branch=z9hG4bK1', 'From: <sip:a@h>;tag=1', 'To: <sip:b@h>', 'Call-ID: c1']
const invite = text(['INVITE sip:102@h SIP/2.0', ...common, 'CSeq: 4 INVITE', 'Max-Forwards: 70', 'X-Call: K'])
const ringing = text(['SIP/2.0 180 Ringing', ...common, 'CSeq: 4 INVITE'])

interface Watching {
  readonly taps: Taps
  /** Moves its clock. */
  at(now: number): MessageWatch
  /** A message passes. */
  seen(bytes: Uint8Array, time: number, direction?: 'in' | 'out'): void
}

function watching(): Watching {
  let now = 0
  const taps = new Taps({ wall: () => Math.floor(1_000_000.75 + now) })
  const watch = new MessageWatch({ taps, callOf: request => request.headers.raw('X-Call')[0], clock: () => now })
  const at = (time: number): MessageWatch => {
    now = time
    return watch
  }
  const seen = (bytes: Uint8Array, time: number, direction: 'in' | 'out' = 'in'): void => {
    at(time)
    taps.each?.(direction, bytes, hop, time)
  }
  return { taps, at, seen }
}

test('nothing is kept before somebody looks on, and after they have gone', () => {
  const { at, seen, taps } = watching()
  seen(invite, 5)
  expect(taps.each).toBeUndefined()
  expect(at(10).after(0)).toEqual({ last: 0, messages: [] })
  seen(invite, 20_000)
  expect(taps.each).toBeUndefined()
  expect(at(20_001).after(0)).toEqual({ last: 0, messages: [] })
})

test('messages come oldest first, once each, with the call that a request names', () => {
  const { at, seen } = watching()
  at(10).after(0)
  seen(invite, 11)
  seen(ringing, 12.5, 'out')
  const { last, messages } = at(13).after(0)
  expect(messages).toMatchObject([
    { number: 1, direction: 'in', method: 'INVITE', to: '102', cseq: 4, callId: 'c1', call: 'K', local: '127.0.0.1:5060', hasBody: false },
    { number: 2, direction: 'out', method: 'INVITE', status: 180, reason: 'Ringing', remote: '127.0.0.1:6060' },
  ])
  expect(at(14).after(last)).toEqual({ last: 2, messages: [] })
})

test('times are exact to less than the millisecond of the clock on the wall, once it has been read often enough', () => {
  const { at, seen } = watching()
  at(0).after(0)
  for (let time = 0; time < 5; time += 0.25) seen(invite, time)
  const { last } = at(6).after(0)
  seen(invite, 6.1)
  expect(at(9).after(last).messages[0]!.wall).toBeCloseTo(1_000_006.85, 6)
})

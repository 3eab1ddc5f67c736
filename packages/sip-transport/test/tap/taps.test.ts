/** Who looks on at the messages of an endpoint, and what that costs when nobody does. */
import { responseTo } from '@strowger/sip-parser'
import { afterEach, expect, test } from 'vitest'
import { type CoreOutput, type SipEndpoint, type TapEvent, Taps } from '../../src/index.ts'
import { CallNames } from '../../src/tap/call-names.ts'
import { WallOffset } from '../../src/tap/wall-offset.ts'
import { closeAll, dial, open, request, udpPeer } from '../peers.ts'

afterEach(closeAll)

const hop = { transport: 'UDP', local: { address: '127.0.0.1', port: 5060 }, remote: { address: '127.0.0.9', port: 5070 } } as const
const bytes = Buffer.from(request({ callId: 'c1' }))
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const stateless = (output: CoreOutput, { layer }: SipEndpoint): void => {
  if (output.kind === 'request') layer.replyStateless(output.incoming, responseTo(output.incoming.request, 200))
}

test('nobody looks on: there is nothing to call, and no clock is read for it', async () => {
  let asked = 0
  const taps = new Taps({ wall: () => ++asked })
  expect(taps.each).toBeUndefined()
  const { endpoint } = await open(stateless, { taps })
  const phone = udpPeer()
  phone.send(request(), endpoint.localFor('UDP').port)
  await phone.texts.at(0)
  expect(asked).toBe(0)
  taps.add(() => {})()
  expect(taps.each).toBeUndefined()
})

test('several look on at the same bytes, not copied, with the flow, both clocks and both ids', () => {
  const taps = new Taps({ wall: () => 1_800_000_000_000 })
  const seen: TapEvent[] = []
  for (let i = 0; i < 2; i++) taps.add(event => seen.push(event))
  taps.each!('in', bytes, hop, 5.5)
  taps.name('c1', 'CALL1')
  taps.each!('out', bytes, hop, 6)
  expect(seen).toHaveLength(4)
  expect(seen[0]).toBe(seen[1])
  expect(seen[0]!.bytes).toBe(bytes)
  expect(seen[2]).toMatchObject({ direction: 'out', hop, time: 6, callId: 'c1', call: 'CALL1' })
  expect(seen[0]!.wall).toBeCloseTo(1_800_000_000_000, 3)
})

test('a Call-ID nobody has named has no call; what cannot be read has no Call-ID', () => {
  const taps = new Taps()
  const seen: TapEvent[] = []
  taps.add(event => seen.push(event))
  taps.each!('in', bytes, hop, 1)
  taps.each!('in', Buffer.from('rubbish'), hop, 1)
  expect(seen.map(({ callId, call }) => [callId, call])).toEqual([
    ['c1', undefined],
    ['', undefined],
  ])
})

test('one that throws is dropped and counted; the others and the message go on', async () => {
  const dropped: unknown[] = []
  const taps = new Taps({ onDrop: error => dropped.push(error) })
  const seen: string[] = []
  taps.add(() => {
    throw new Error('disk full')
  })
  taps.add(({ direction }) => seen.push(direction))
  const { endpoint } = await open(stateless, { taps })
  const phone = udpPeer()
  phone.send(request(), endpoint.localFor('UDP').port)
  await phone.texts.at(0)
  phone.send(request({ branch: 'z9hG4bK-second' }), endpoint.localFor('UDP').port)
  await phone.texts.at(1)
  expect(seen).toEqual(['in', 'out', 'in', 'out'])
  expect(dropped).toEqual([new Error('disk full')])
  expect(endpoint.events()['tap-dropped']).toBe(1)
})

test('what cannot be read on a connection is shown as it came, of what never ends no more than a message may have', async () => {
  const seen: string[] = []
  const { endpoint } = await open(stateless, {
    tap: ({ direction, bytes }) => seen.push(`${direction} ${text(bytes)}`),
    limits: { messageBytes: 500 },
  })
  const rubbish = request({ headers: 'CSeq: none\r\n', via: 'SIP/2.0/TCP 127.0.0.1:5555;branch=z9hG4bKx' })
  const phone = await dial(endpoint.localFor('TCP').port)
  phone.socket.write(rubbish)
  expect(await phone.texts.at(0)).toMatch(/^SIP\/2\.0 400 /)
  expect(seen).toEqual([`in ${rubbish}`, expect.stringMatching(/^out SIP\/2\.0 400 /)])
  const endless = `OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\nSubject: ${'x'.repeat(5000)}`
  phone.socket.write(endless)
  await phone.closed
  expect(seen.slice(2)).toEqual([`in ${endless.slice(0, 500)}`])
})

test('names are forgotten in the order they came, never more than twice what fits', () => {
  const names = new CallNames(2)
  for (let i = 0; i < 7; i++) names.name(`c${i}`, `CALL${i}`)
  expect([names.of('c6'), names.of('c3'), names.of('c0'), names.size]).toEqual(['CALL6', undefined, undefined, 3])
})

test('the wall follows the monotonic clock to less than its own millisecond, and a clock that was set', () => {
  let [now, start] = [0, 1_000_000.75]
  const clock = new WallOffset(() => Math.floor(start + now))
  for (; now < 5; now += 0.25) clock.at(now)
  expect(clock.at(now)).toBeCloseTo(1_000_005.75, 6)
  start -= 60_000
  expect(clock.at(now)).toBeCloseTo(940_005, 6)
})

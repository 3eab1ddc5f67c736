/** What is not speech: digits are reported and pass, a fax passes as it is. RFC 4733, RFC 7345 (UDPTL). */
import { NgUdpClient } from '@strowger/media-control/udp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sdpOf, seen, target } from '../e2e/ng-script.ts'
import { startTestRole, type TestRole } from './media-role.ts'
import { Ear, rtp } from './phone.ts'

let role: TestRole
let client: NgUdpClient
const ears: Ear[] = []

beforeAll(async () => {
  role = await startTestRole()
  client = await NgUdpClient.open({ ...role.ng, giveUpMs: 30_000 })
})
afterAll(async () => {
  for (const ear of ears) ear.close()
  await client.close()
  await role.stop()
})

async function call(id: string, lines: readonly string[], at: number) {
  const [a, b] = [await Ear.open(), await Ear.open()]
  ears.push(a, b)
  const ids = { 'call-id': id, 'from-tag': 'A' }
  const sdp = (port: number): string =>
    sdpOf(
      at === 0 ? port : 4000,
      lines.map(line => line.replace('PORT', String(port))),
    )
  const offer = seen(await client.request({ command: 'offer', ...ids, sdp: sdp(a.port) }))
  const answer = seen(await client.request({ command: 'answer', ...ids, 'to-tag': 'B', sdp: sdp(b.port) }))
  const where = (from: typeof offer): { address: string; port: number } => ({ ...target(from), port: from.media[at]!.port })
  return { a, b, toA: where(answer), toB: where(offer) }
}

it('passes telephone events, and reports each once (RFC 4733 §2.5.1.4)', async () => {
  const { a, b, toA } = await call('digits', [], 0)
  a.send(toA, rtp(1))
  await b.next()
  let sequence = 1
  for (const [digit, timestamp] of [
    [5, 1600],
    [11, 4800],
  ] as const) {
    for (const end of [false, false, true, true, true]) {
      const event = rtp(++sequence, { type: 101 }).subarray(0, 16)
      event.writeUInt32BE(timestamp, 4)
      event.set([digit, end ? 0x8a : 0x0a, 3, 0x20], 12)
      a.send(toA, event)
      expect((await b.next()).bytes).toEqual(event)
    }
  }
  const reply = await client.request({ command: 'query', 'call-id': 'digits' })
  expect(reply.tags?.A?.medias[0]?.streams[0]).toMatchObject({ events: 2, stats: { packets: 11 } })
})

it('passes UDPTL as it is, both ways', async () => {
  const { a, b, toA, toB } = await call('fax', ['m=image PORT udptl t38'], 1)
  const fax = Buffer.from([0, 7, 3, 200, 1, 2, 3, 0, 0])
  a.send(toA, fax)
  expect((await b.next()).bytes).toEqual(fax)
  b.send(toB, Buffer.concat([fax, fax]))
  expect((await a.next()).bytes).toEqual(Buffer.concat([fax, fax]))
})

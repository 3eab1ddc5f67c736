/** Who controls sessions is told which of them fell silent, and gets their statistics with his `delete`. */
import type { NgReply } from '@strowger/media-control'
import { NgUdpClient } from '@strowger/media-control/udp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sdpOf, seen, target } from '../e2e/ng-script.ts'
import { startTestRole, type TestRole } from './media-role.ts'
import { Ear, rtp } from './phone.ts'

let role: TestRole
let client: NgUdpClient

beforeAll(async () => {
  role = await startTestRole({ silenceSeconds: 0.06 })
  client = await NgUdpClient.open({ ...role.ng, giveUpMs: 30_000 })
})
afterAll(async () => {
  await client.close()
  await role.stop()
})

/** A call of which both sides announce ports that nobody sends from, after A has sent `packets`. */
async function fallsSilent(id: string, packets: number): Promise<void> {
  const ended = role.board.endings.silent
  const a = await Ear.open()
  const ids = { 'call-id': id, 'from-tag': 'A' }
  seen(await client.request({ command: 'offer', ...ids, sdp: sdpOf(a.port) }))
  const toA = target(seen(await client.request({ command: 'answer', ...ids, 'to-tag': 'B', sdp: sdpOf(4002) })))
  a.send(toA, ...Array.from({ length: packets }, (_, at) => rtp(at)))
  await expect.poll(() => role.board.endings.silent).toBe(ended + 1)
  a.close()
}

const asked = (known: { after?: number; epoch?: number } = {}): Promise<NgReply> => client.request({ command: 'silent', ...known })

it('tells each silent session once, and all of them to who asks anew', async () => {
  await fallsSilent('one.a', 0)
  const first = await asked()
  expect(first).toMatchObject({ calls: ['one.a'], last: 1 })
  const known = { after: first.last as number, epoch: first.epoch as number }
  expect(await asked(known)).toMatchObject({ calls: [], last: 1 })
  await fallsSilent('two.b', 0)
  expect(await asked(known)).toMatchObject({ calls: ['two.b'], last: 2 })
  expect(await asked({ after: 1, epoch: 1 })).toMatchObject({ calls: ['one.a', 'two.b'], last: 2 })
})

it('keeps the statistics of a silent session for who deletes it', async () => {
  await fallsSilent('counted.a', 3)
  const stats = await client.request({ command: 'delete', 'call-id': 'counted.a', 'from-tag': 'A' })
  expect(stats).toMatchObject({ result: 'ok', totals: { RTP: { packets: 3 } } })
})

/** `kill -9` of a relay with five hundred calls: every stream flows again on the ports its parties know. The gap is counted in packets. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { NgUdpClient } from '@strowger/media-control/udp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Platform, startPlatform } from '../../../e2e/platform.ts'
import { freePort } from '../../../e2e/ports.ts'
import { until } from '../../../e2e/until.ts'
import { rtp } from '../test/phone.ts'
import { sdpOf, seen, target } from './ng-script.ts'

const CALLS = 500
/** A packet of each stream in each round; in slices, so that no socket's buffer runs over. */
const ROUND_MS = 250
const SLICES = 10

let platform: Platform
let client: NgUdpClient
const sockets: Socket[] = []

/** By the relay's port: the sequence numbers that came from there. */
type Heard = ReadonlyMap<number, number[]>

beforeAll(async () => {
  const from = (await freePort(4 * CALLS + 400)) + 1
  platform = await startPlatform({ roles: 'media,portal', config: { media: { ports: { from, to: from + 4 * CALLS + 398 } } } })
  client = await NgUdpClient.open({ address: '127.0.0.1', port: platform.ports.ng, giveUpMs: 60_000 })
})
afterAll(async () => {
  await client?.close()
  for (const socket of sockets) socket.close()
  await platform?.stop()
})

/** All phones of one side: they differ in the ports of the relay that they talk to. */
async function side(): Promise<{ socket: Socket; port: number; heard: Heard }> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  sockets.push(socket)
  await once(socket, 'listening')
  const heard = new Map<number, number[]>()
  socket.on('message', (packet, { port }) => {
    const known = heard.get(port)
    if (known) known.push(packet.readUInt16BE(2))
    else heard.set(port, [packet.readUInt16BE(2)])
  })
  return { socket, port: socket.address().port, heard }
}

it(`goes on with ${CALLS} calls`, async () => {
  const [a, b] = [await side(), await side()]
  const calls: { readonly toA: number; readonly toB: number }[] = []
  for (let call = 0; call < CALLS; call++) {
    const ids = { 'call-id': `call-${call}`, 'from-tag': 'A' }
    const toB = target(seen(await client.request({ command: 'offer', ...ids, sdp: sdpOf(a.port) }))).port
    const toA = target(seen(await client.request({ command: 'answer', ...ids, 'to-tag': 'B', sdp: sdpOf(b.port) }))).port
    calls.push({ toA, toB })
  }
  let slice = 0
  const round = (): number => Math.floor(slice / SLICES)
  const speaking = setInterval(() => {
    for (let call = slice % SLICES; call < CALLS; call += SLICES) {
      a.socket.send(rtp(round()), calls[call]!.toA, '127.0.0.1')
      b.socket.send(rtp(round()), calls[call]!.toB, '127.0.0.1')
    }
    slice += 1
  }, ROUND_MS / SLICES)
  /** Streams of which something came that was said in round `from` or later. */
  const flowing = ({ heard }: { heard: Heard }, from: number): number =>
    [...heard.values()].filter(sequences => (sequences.at(-1) ?? -1) >= from).length
  const allFlow = (since: number): Promise<unknown> =>
    until(`every stream after round ${since}`, () => flowing(a, since) === CALLS && flowing(b, since) === CALLS, 120_000)
  try {
    await allFlow(2)
    const killed = round()
    await platform.restart('media')
    await allFlow(round() + 2)
    const gaps = [a, b].flatMap(({ heard }) => [...heard.values()].map(sequences => gapAround(sequences, killed)))
    expect(gaps).toHaveLength(2 * CALLS)
    expect(flowing(a, 0)).toBe(CALLS)
    console.log(`packets missing per stream, one each ${ROUND_MS} ms: at most ${Math.max(...gaps)}, mean ${mean(gaps)}`)
    const back = platform.lines.find(({ msg }) => msg === 'sessions go on after the restart')
    console.log(`sessions back in ${back?.ms} ms`)
    expect(back).toMatchObject({ sessions: CALLS })
  } finally {
    clearInterval(speaking)
  }
})

/** Numbers that are missing around the one that was said when the relay died. */
function gapAround(sequences: readonly number[], killed: number): number {
  const before = Math.max(...sequences.filter(one => one < killed))
  const after = Math.min(...sequences.filter(one => one > killed))
  return after - before - 1
}

function mean(numbers: readonly number[]): string {
  return (numbers.reduce((sum, one) => sum + one, 0) / numbers.length).toFixed(1)
}

/**
 * Both sides of many calls over one relay, in whatever network this program is started in: each stream a packet a round. Says once a round how far
 * all of them are, and at the end of its input what is missing. Arguments: address and port of NG, own address, calls, ms a round. RFC 3550 §5.1.
 */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mediaStatsOf } from '@strowger/media-control'
import { NgUdpClient } from '@strowger/media-control/udp'
import { rtp } from '../test/phone.ts'
import { sdpOf, seen, target } from './ng-script.ts'
import type { End, Progress } from './restart-phones.ts'

const [relay, ng, own, calls, roundMs] = process.argv.slice(2) as [string, string, string, string, string]
const CALLS = Number(calls)
/** So that no socket's buffer runs over. */
const SLICES = 10
const LEARNING = 2

/** All phones of one side: they differ in the ports of the relay that they talk to. By that port, the sequence numbers that came from there. */
class Side {
  readonly heard: Map<number, number[]> = new Map()
  readonly #socket: Socket = createSocket('udp4')

  static async open(): Promise<Side> {
    const side = new Side()
    side.#socket.on('message', (packet, { port }) => {
      const known = side.heard.get(port)
      if (known) known.push(packet.readUInt16BE(2))
      else side.heard.set(port, [packet.readUInt16BE(2)])
    })
    side.#socket.bind(0, own)
    await once(side.#socket, 'listening')
    return side
  }

  get port(): number {
    return this.#socket.address().port
  }

  say(round: number, to: number): void {
    this.#socket.send(rtp(round), to, relay)
  }

  /** The last round that everybody was heard of; -1 while somebody was not at all. */
  get least(): number {
    return this.heard.size < CALLS ? -1 : Math.min(...[...this.heard.values()].map(sequences => sequences.at(-1)!))
  }

  close(): void {
    this.#socket.close()
  }
}

const client = await NgUdpClient.open({ address: relay, port: Number(ng), giveUpMs: 60_000 })
const [a, b] = [await Side.open(), await Side.open()]
const ways: { readonly toA: number; readonly toB: number }[] = []
for (let call = 0; call < CALLS; call++) {
  const ids = { 'call-id': `call-${call}`, 'from-tag': 'A' }
  const toB = target(seen(await client.request({ command: 'offer', ...ids, sdp: sdpAt(a.port) }))).port
  const toA = target(seen(await client.request({ command: 'answer', ...ids, 'to-tag': 'B', sdp: sdpAt(b.port) }))).port
  ways.push({ toA, toB })
}

let slice = 0
const speaking = setInterval(() => {
  const round = Math.floor(slice / SLICES)
  for (let call = slice % SLICES; call < CALLS; call += SLICES) {
    a.say(round, ways[call]!.toA)
    b.say(round, ways[call]!.toB)
  }
  slice += 1
  if (slice % SLICES === 0) tell({ round, least: Math.min(a.least, b.least) })
}, Number(roundMs) / SLICES)

process.stdin.resume()
await once(process.stdin, 'end')
// To the end of a round, so that all have said the same number of packets; the last of them arrive.
while (slice % SLICES !== 0) await new Promise(resolve => setTimeout(resolve, 1))
clearInterval(speaking)
await new Promise(resolve => setTimeout(resolve, 100))
const said = slice / SLICES
const missing = [a, b].flatMap(({ heard }) => [...heard.values()].map(sequences => gaps(sequences, said)))
let counted = await counts()
// What the kernel counts is read within a second.
for (const end = Date.now() + 5000; counted.some(count => count !== said) && Date.now() < end; ) counted = await counts()
tell({ said, missing, counted })
await client.close()
for (const side of [a, b]) side.close()

/** Rounds after the first two, in which sources are learned, that never came. */
function gaps(sequences: readonly number[], said: number): number {
  const came = new Set(sequences.filter(one => one >= LEARNING))
  return Math.max(0, said - LEARNING - came.size)
}

async function counts(): Promise<readonly number[]> {
  const found: number[] = []
  for (let call = 0; call < CALLS; call++) {
    for (const { packets } of mediaStatsOf(await client.request({ command: 'query', 'call-id': `call-${call}` }))) found.push(packets)
  }
  return found
}

function sdpAt(port: number): string {
  return sdpOf(port).replaceAll('127.0.0.1', own)
}

function tell(what: Progress | End): void {
  console.log(JSON.stringify(what))
}
